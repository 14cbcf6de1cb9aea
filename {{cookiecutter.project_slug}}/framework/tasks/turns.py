"""Taking turns to write to SQLite.

SQLite has one write lock, and whoever finds it taken sleeps for up to 100 ms before looking again. The threads
and processes that write most queue for an operating system's lock instead, which wakes the next at once.
"""

import os
import threading
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

from django.core.files import locks
from django.db import connections


class Turn(AbstractContextManager[None]):
    """A lock that threads of this process and other processes on this host share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = threading.Lock()
        self._file: int | None = None

    def __enter__(self) -> None:
        self._mine.acquire()
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            locks.lock(self._file, locks.LOCK_EX)
        except BaseException:
            self._mine.release()
            raise

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            locks.unlock(self._file)
        self._mine.release()


@cache
def turn_for(using: str) -> AbstractContextManager[object]:
    """Return this process's turn to write to the database ``using``; PostgreSQL needs none.

    Call it after a worker process has been forked, so that each has a file of its own.
    """
    connection = connections[using]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or name.startswith("file:") or name == ":memory:":
        return nullcontext()
    return Turn(Path(f"{name}.turn"))
