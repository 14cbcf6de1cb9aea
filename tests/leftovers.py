"""Waits for the end of a run of the tests, whatever ends it, and removes what is left: processes, then the folder.

``python -m tests.leftovers FOLDER`` reads its standard input, which closes when the run's own process is gone.
"""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

VARIABLE: Final = "ASHLAR_TEST_RUN"
ROUNDS: Final = 20


def main(folder: Path) -> None:
    """Wait and sweep."""
    # Who asks the run to stop must not stop its cleaning.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    sweep(folder)


def sweep(folder: Path) -> None:
    """Kill every process of the run, and remove its folder."""
    for _ in range(ROUNDS):
        found = [*processes(folder)]
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if not found:
            break
    shutil.rmtree(folder, ignore_errors=True)


def processes(folder: Path) -> Iterator[int]:
    """Yield the processes that were started by the run, or that work in its folder; servers overwrite the former."""
    mark = f"{VARIABLE}={folder}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            works_there = (entry / "cwd").readlink().is_relative_to(folder)
            is_marked = mark in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if (works_there or is_marked) and int(entry.name) != os.getpid():
            yield int(entry.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
