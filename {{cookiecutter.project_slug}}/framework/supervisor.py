"""One command kept running: again when it dies, anew when code changes.

``manage.py up`` and ``worker --reload`` run their processes under it. It loads nothing of the project, so that it is
there at once and goes on whatever the code is like.
"""

import os
import signal
import subprocess
import sys
import threading
from argparse import REMAINDER, ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import Final

from watchfiles import PythonFilter, watch

WATCHED_FOLDERS: Final = ("apps", "config", "framework")
LOOK_MS: Final = 200
# How long a change is given to be followed by others, as when a branch is checked out.
SETTLE_MS: Final = 300
STEP_SECONDS: Final = 0.05
# Between a death and the next start, doubled each time; a command that lived for a while begins at the least again.
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
LIVED_SECONDS: Final = 10.0


class Supervisor:
    """Runs ``command`` until it is told to stop, by SIGINT or SIGTERM, or the command ends well by itself.

    With ``folders`` it is started anew when a Python file in them changes. A command that is stopped has ``grace``
    seconds to end.
    """

    def __init__(self, command: Sequence[str], *, folders: Sequence[Path], grace: float) -> None:
        self._command = command
        self._folders = folders
        self._grace = grace
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._stopping = threading.Event()

    def run(self) -> int:
        """Return the exit status of the command that ended last."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        self._start()
        for has_changed in self._looks():
            if self._stopping.is_set():
                break
            if has_changed:
                self._end()
                self._pause = FIRST_PAUSE_SECONDS
                self._start()
            elif (status := self._look_after()) is not None:
                return status
        return self._end()

    def _start(self) -> None:
        # A group of its own, so that nothing of it is left when it dies, and a signal of the terminal comes once.
        self._child = subprocess.Popen(self._command, process_group=0)  # noqa: S603 - our own command
        self._started_at = monotonic()

    def _looks(self) -> Iterator[bool]:
        """Yield every moment, and tell whether the code has changed."""
        if self._folders:
            for changes in watch(
                *self._folders,
                watch_filter=PythonFilter(),
                debounce=SETTLE_MS,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                yield bool(changes)
        while True:
            self._stopping.wait(LOOK_MS / 1000)
            yield False

    def _look_after(self) -> int | None:
        """Start the command again if it died; return its exit status if that is the end."""
        if self._child is None:
            if monotonic() >= self._start_at:
                self._start()
            return None
        status = self._child.poll()
        if not status:
            return status
        self._end()
        if monotonic() - self._started_at > LIVED_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        self._start_at = monotonic() + self._pause
        sys.stderr.write(f"It ended with {_told(status)} and starts again in {self._pause:g} s.\n")
        sys.stderr.flush()
        self._pause = min(LONGEST_PAUSE_SECONDS, 2 * self._pause)
        return None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _end(self) -> int:
        """Let the command end, and after ``grace`` all that is left of its group; return its exit status."""
        child, self._child = self._child, None
        if child is None:
            return 0
        deadline = monotonic() + self._grace
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        else:
            _signal(child.pid, signal.SIGTERM)
        while child.poll() is None or _signal(child.pid, None):
            if monotonic() >= deadline:
                _signal(child.pid, signal.SIGKILL)
                child.wait()
                break
            sleep(STEP_SECONDS)
        return max(0, child.returncode)


def _signal(group: int, number: signal.Signals | None) -> bool:
    """Send a signal to a group of processes, or none; tell whether there is anybody."""
    try:
        os.killpg(group, number or 0)
    except ProcessLookupError:
        return False
    return True


def supervised(command: Sequence[str], *, reload: bool, grace: float) -> list[str]:
    """Return the command that keeps ``command`` running."""
    options = ["--grace", f"{grace:g}", *(["--reload"] if reload else [])]
    # By its file, from wherever; the folder of that file is no place to import from.
    return [sys.executable, "-P", __file__, *options, "--", *command]


def _told(status: int) -> str:
    if status > 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def main() -> int:
    """Run what the command line says."""
    parser = ArgumentParser(prog="supervisor", description=__doc__)
    parser.add_argument("--reload", action="store_true", help="start anew when a Python file changes")
    parser.add_argument("--grace", type=float, default=10.0, help="seconds the command gets to end")
    parser.add_argument("command", nargs=REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    root = Path(__file__).resolve().parents[1]
    folders = [root / name for name in WATCHED_FOLDERS if (root / name).is_dir()] if options.reload else []
    return Supervisor(command, folders=folders, grace=options.grace).run()


if __name__ == "__main__":
    sys.exit(main())
