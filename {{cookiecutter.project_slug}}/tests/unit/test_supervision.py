"""A command that is kept running, with real processes."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framework.conf.environment import ROOT
from framework.supervision import supervised
from tests.patience import PATIENCE_SECONDS, eventually

type Start = Callable[..., "subprocess.Popen[str]"]

# Notes that it was started, and does what the rest says.
NOTE = """
import os, signal, sys
from pathlib import Path
notes = Path(sys.argv[1])
with notes.open("a") as file:
    file.write(f"{os.getpid()}\\n")
starts = len(notes.read_text().splitlines())
"""
WAIT = "signal.pause()"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Return the file in which each start leaves its process id."""
    return tmp_path / "notes"


@pytest.fixture
def start(notes: Path) -> Iterator[Start]:
    """Return a function that runs a program under a supervisor."""
    running: list[subprocess.Popen[str]] = []

    def start_program(program: str) -> subprocess.Popen[str]:
        script = notes.with_name("program.py")
        script.write_text(NOTE + program, encoding="utf-8")
        command = supervised([str(script), str(notes)], reload=False, grace=1)
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield start_program
    for process in running:
        process.kill()
        process.communicate()
    for pid in started(notes):
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def started(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_command_that_is_killed_starts_again(start: Start, notes: Path) -> None:
    supervisor = start(f"os.kill(os.getpid(), signal.SIGKILL) if starts < 3 else {WAIT}")

    assert eventually(lambda: len(started(notes)) == 3)
    supervisor.send_signal(signal.SIGTERM)
    _, said = supervisor.communicate(timeout=PATIENCE_SECONDS)

    assert said.splitlines()[:2] == [
        "It ended with SIGKILL and starts again in 0.5 s.",
        "It ended with SIGKILL and starts again in 1 s.",
    ]
    assert not any(map(is_alive, started(notes)))


def test_a_command_that_ends_well_is_left_alone(start: Start, notes: Path) -> None:
    assert start("sys.exit(0)").wait(PATIENCE_SECONDS) == 0
    assert len(started(notes)) == 1


def test_what_a_killed_command_had_started_goes_with_it(start: Start, notes: Path) -> None:
    child = """
if starts == 1:
    heard, said = os.pipe()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        notes.open("a").write(str(os.getpid()) + "\\n")
        os.write(said, b"noted")
        signal.pause()
    os.read(heard, 5)
    os.kill(os.getpid(), signal.SIGKILL)
signal.pause()
"""
    supervisor = start(child)

    assert eventually(lambda: len(started(notes)) == 3)
    assert [is_alive(pid) for pid in started(notes)] == [False, False, True]
    supervisor.send_signal(signal.SIGINT)
    supervisor.communicate(timeout=PATIENCE_SECONDS)
    assert not is_alive(started(notes)[2])


def test_a_command_that_does_not_want_to_end_is_killed(start: Start, notes: Path) -> None:
    supervisor = start(f"signal.signal(signal.SIGINT, signal.SIG_IGN); notes.with_name('deaf').touch(); {WAIT}")

    assert eventually(notes.with_name("deaf").exists)
    supervisor.send_signal(signal.SIGTERM)
    supervisor.communicate(timeout=PATIENCE_SECONDS)

    assert not is_alive(started(notes)[0])


RELOADED = """
import sys
from pathlib import Path
from framework.supervision.supervisor import Supervisor
from framework.supervision.warm_start import Begin
script, notes, code, overlap = sys.argv[1:]
try:
    Supervisor([script, notes], folders=[Path(code)], overlap=overlap == "overlap", grace=60).run()
except Begin as begin:
    begin.run()
"""
# Ends when it is asked to, but not while somebody locks the gate.
SLOW_TO_END = (
    """
import fcntl, os, signal, sys
from pathlib import Path
def end(number, frame):
    with Path(sys.argv[1]).with_name("gate").open() as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)
    Path(sys.argv[1]).with_name(f"ended {os.getpid()}").touch()
    os._exit(0)
signal.signal(signal.SIGINT, end)
"""
    + NOTE
    + """
while True:
    signal.pause()
"""
)


@pytest.mark.parametrize("overlap", ["overlap", "one by one"])
def test_a_change_of_code_starts_it_anew(notes: Path, tmp_path: Path, overlap: str) -> None:
    script, code = tmp_path / "program.py", tmp_path / "code"
    script.write_text(SLOW_TO_END, encoding="utf-8")
    code.mkdir()
    command = [sys.executable, "-c", RELOADED, str(script), str(notes), str(code), overlap]
    with (tmp_path / "gate").open("w", encoding="utf-8") as gate:
        if overlap == "overlap":
            fcntl.flock(gate, fcntl.LOCK_EX)
        supervisor = subprocess.Popen(command, cwd=ROOT)
        try:
            assert eventually(lambda: len(started(notes)) == 1)
            first = started(notes)[0]
            # What is written before it watches is not seen.
            assert eventually(lambda: bool((code / "change.py").write_text("")) or len(started(notes)) > 1)
            assert is_alive(first) == (overlap == "overlap")
            fcntl.flock(gate, fcntl.LOCK_UN)
            assert eventually((tmp_path / f"ended {first}").exists)
            # It may have been started once more, for a change that was written while it began.
            assert eventually(lambda: is_alive(started(notes)[-1]))
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait(PATIENCE_SECONDS)
    assert not any(map(is_alive, started(notes)))


def test_it_begins_as_python_does_with_libraries_and_nothing_of_the_project(start: Start, notes: Path) -> None:
    program = """
import atexit, json
found = {
    "arguments": sys.argv[1:],
    "libraries": "django.db.models" in sys.modules,
    "project": [name for name in sys.modules if name.partition(".")[0] in {"framework", "config", "apps"}],
    "handlers": [signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGTERM)],
    "folder": sys.path[0],
    "name": __name__,
}
notes.with_name("found").write_text(json.dumps(found))
atexit.register(notes.with_name("ended").touch)
sys.exit(0)
"""
    assert start(program).wait(PATIENCE_SECONDS) == 0

    assert json.loads(notes.with_name("found").read_text(encoding="utf-8")) == {
        "arguments": [str(notes)],
        "libraries": True,
        "project": [],
        "handlers": [True, 0],
        "folder": str(notes.parent),
        "name": "__main__",
    }
    assert notes.with_name("ended").exists()
