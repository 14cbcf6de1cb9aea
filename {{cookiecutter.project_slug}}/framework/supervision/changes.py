"""Noticing that code changes, in a process of its own: what forks must have no threads."""

import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.2
# How long a change is given to be followed by others, as when a branch is checked out.
SETTLE_MS: Final = 300


class Watcher:
    """Tells of changes of Python files in ``folders``."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._command = [sys.executable, "-P", __file__, *map(str, folders)]
        self._start()

    def has_changed(self) -> bool:
        """Wait for a moment, and tell whether a file changed in it."""
        if not select.select([self._heard], [], [], LOOK_SECONDS)[0]:
            return False
        if os.read(self._heard, 4096):
            return True
        # It was killed; what changed meanwhile is not known.
        self.close()
        self._start()
        return True

    def close(self) -> None:
        """Watch no more."""
        self._process.kill()
        self._process.wait()
        os.close(self._heard)

    def _start(self) -> None:
        self._heard, said = os.pipe()
        # A group of its own: a signal of the terminal is for the supervisor.
        self._process = subprocess.Popen(self._command, stdout=said, process_group=0)  # noqa: S603 - this file
        os.close(said)


def watch_folders(folders: Sequence[str]) -> None:
    """Write a line for each change, while the process lives that started this one."""
    from watchfiles import PythonFilter, watch

    parent = os.getppid()
    for changes in watch(
        *folders,
        watch_filter=PythonFilter(),
        debounce=SETTLE_MS,
        rust_timeout=int(LOOK_SECONDS * 1000),
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        if os.getppid() != parent:
            return
        if changes:
            sys.stdout.write("changed\n")
            sys.stdout.flush()


if __name__ == "__main__":
    watch_folders(sys.argv[1:])
