"""One script kept running until somebody stops it or it ends well by itself."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import Final

from .changes import LOOK_SECONDS, Watcher
from .warm_start import Child, load_libraries, start

STEP_SECONDS: Final = 0.05
# Between a death and the next start, doubled each time; a script that lived for a while begins at the least again.
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
LIVED_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """A process that was asked to end, and by when all of its group must have ended."""

    child: Child
    deadline: float

    def is_over(self) -> bool:
        """Tell whether nothing of it is left; past the deadline, see to that."""
        if self.child.poll() is not None and not _signal(self.child.pid, None):
            return True
        if monotonic() < self.deadline:
            return False
        _signal(self.child.pid, signal.SIGKILL)
        self.child.wait()
        return True


class Supervisor:
    """Runs ``script``, with its arguments, until it is told to stop by SIGINT or SIGTERM or the script ends well.

    With ``folders`` it is started anew when a Python file in them changes; ``overlap`` lets the old one end while the
    new one runs already. One that is stopped has ``grace`` seconds to end.
    """

    def __init__(self, script: Sequence[str], *, folders: Sequence[Path], overlap: bool, grace: float) -> None:
        self._script = script
        self._folders = folders
        self._overlap = overlap
        self._grace = grace
        self._child: Child | None = None
        self._ending: list[Ending] = []
        self._died: Ending | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._stopping = threading.Event()

    def run(self) -> int:
        """Return the exit status of the script that ended last.

        In the processes it forks :class:`Begin` is raised.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        watcher = Watcher(self._folders) if self._folders else None
        load_libraries()
        self._start()
        status: int | None = None
        while status is None and not self._stopping.is_set():
            status = self._step(has_changed=self._look(watcher))
        if watcher is not None:
            watcher.close()
        last = self._let_end()
        self._wait_for_ends()
        return max(0, last.child.returncode or 0) if last is not None else status or 0

    def _look(self, watcher: Watcher | None) -> bool:
        if watcher is not None:
            return watcher.has_changed()
        self._stopping.wait(LOOK_SECONDS)
        return False

    def _step(self, *, has_changed: bool) -> int | None:
        """Do what there is to do; return the exit status if that is the end."""
        self._some_end()
        if not has_changed:
            return self._look_after()
        self._let_end()
        if not self._overlap:
            self._wait_for_ends()
        self._pause = FIRST_PAUSE_SECONDS
        self._start()
        return None

    def _start(self) -> None:
        # A group of its own, so that nothing of it is left when it dies, and a signal of the terminal comes once.
        self._child = start(self._script)
        self._started_at = monotonic()

    def _look_after(self) -> int | None:
        """Start the script again if it died; return its exit status if that is the end."""
        if self._child is None:
            if monotonic() >= self._start_at and self._died not in self._ending:
                self._start()
            return None
        status = self._child.poll()
        if not status:
            return status
        self._died = self._let_end()
        if monotonic() - self._started_at > LIVED_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        self._start_at = monotonic() + self._pause
        sys.stderr.write(f"It ended with {_told(status)} and starts again in {self._pause:g} s.\n")
        sys.stderr.flush()
        self._pause = min(LONGEST_PAUSE_SECONDS, 2 * self._pause)
        return None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _let_end(self) -> Ending | None:
        """Ask the process to end, and whatever is left of its group; ``None`` when there is none."""
        child, self._child = self._child, None
        if child is None:
            return None
        if child.poll() is None:
            os.kill(child.pid, signal.SIGINT)
        else:
            _signal(child.pid, signal.SIGTERM)
        ending = Ending(child, monotonic() + self._grace)
        self._ending.append(ending)
        return ending

    def _wait_for_ends(self) -> None:
        while self._some_end():
            sleep(STEP_SECONDS)

    def _some_end(self) -> bool:
        """Tell whether there is anybody left who was asked to end."""
        self._ending = [each for each in self._ending if not each.is_over()]
        return bool(self._ending)


def _signal(group: int, number: signal.Signals | None) -> bool:
    """Send a signal to a group of processes, or none; tell whether there is anybody."""
    try:
        os.killpg(group, number or 0)
    except ProcessLookupError:
        return False
    return True


def _told(status: int) -> str:
    if status > 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
