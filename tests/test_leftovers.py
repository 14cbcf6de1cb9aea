"""Whatever ends a run of the tests, nothing of it is left."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.leftovers import VARIABLE, processes
from tests.patience import PATIENCE_SECONDS, eventually
from tests.project import ROOT, need

SLEEP = [sys.executable, "-c", "import time; time.sleep(3600)"]
# Starts the watcher, and a process that outlives its parent.
RUN = """
import subprocess, sys, time
folder = sys.argv[1]
watcher = subprocess.Popen([sys.executable, "-m", "tests.leftovers", folder], stdin=subprocess.PIPE)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], cwd=folder, start_new_session=True)
print("started", flush=True)
time.sleep(3600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a run."""
    need(Path("/proc/self/environ").exists(), "/proc, to find what is left")
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def test_a_killed_run_takes_its_processes_and_its_folder_along(folder: Path) -> None:
    run = subprocess.Popen([sys.executable, "-c", RUN, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "started\n"
    assert eventually(lambda: [*processes(folder)])

    run.kill()
    run.communicate()

    assert eventually(lambda: not folder.exists() and not [*processes(folder)])


def test_what_only_carries_the_mark_is_found_and_nobody_else(folder: Path, tmp_path: Path) -> None:
    marked = subprocess.Popen(SLEEP, cwd=tmp_path, env=os.environ | {VARIABLE: str(folder)})
    other = subprocess.Popen(SLEEP, cwd=tmp_path, env=os.environ | {VARIABLE: f"{folder}-of-another-run"})
    try:
        assert eventually(lambda: [*processes(folder)] == [marked.pid])
    finally:
        for process in (marked, other):
            process.kill()
            process.wait(PATIENCE_SECONDS)


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder that PostgreSQL's user can look into, too."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("ends", ["is interrupted", "is gone"])
def test_servers_that_nobody_waits_for_any_more_end(ends: str, place: Path) -> None:
    missing = [name for name in ("redis-server", "rabbitmq-server") if shutil.which(name) is None]
    need(not missing, ", ".join(missing))
    starting = subprocess.Popen(
        [ROOT / ".ci" / "servers", "start"], env=os.environ | {"TMPDIR": str(place)}, stdout=subprocess.PIPE
    )
    assert starting.stdout is not None
    assert eventually(lambda: [*place.glob("*/redis.pid")])
    pids = [path.read_text().strip() for path in place.glob("*/redis.pid")]

    if ends == "is interrupted":
        starting.terminate()
    starting.stdout.close()
    starting.wait(PATIENCE_SECONDS)

    assert [*place.iterdir()] == []
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
