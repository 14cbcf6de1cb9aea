"""Proof that a worker process is alive: a lock that the operating system or the server drops with it.

With SQLite, whose file is on one host, a lock on a file beside it; with PostgreSQL an advisory lock of the
session (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). Unlike a pid, neither
can be taken for another process's, and a worker stuck in a C call keeps it.
"""

import hashlib
import os
from pathlib import Path
from typing import IO

from django.core.files import locks
from django.db import connections

from .lasting_session import LastingSession


class Liveness:
    """This process's lock. A thread of its own must call :meth:`hold` again and again."""

    def __init__(self, name: str, using: str) -> None:
        self._name = name
        self._using = using
        self._file: IO[bytes] | None = None
        self._session = LastingSession(using)
        self._holder: object = None

    def hold(self) -> None:
        """Take the lock, or take it again after the connection was lost."""
        if connections[self._using].vendor == "sqlite":
            self._hold_file()
        elif (holder := self._session.renew()) is not self._holder:
            self._session.execute("SELECT pg_try_advisory_lock(%s)", [_key(self._name)])
            self._holder = holder

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)
        self._holder = None
        self._session.close()
        connections[self._using].close()

    def _hold_file(self) -> None:
        if self._file is None:
            path = _lock_file(self._name, self._using)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb")
            locks.lock(self._file, locks.LOCK_EX | locks.LOCK_NB)


def is_gone(name: str, using: str) -> bool:
    """Tell whether the worker ``name`` certainly lives no more; False when nothing can be proved."""
    if connections[using].vendor == "sqlite":
        return _file_is_free(_lock_file(name, using))
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32) + objid::bigint = %s)",
            [_key(name)],
        )
        return bool(cursor.fetchone()[0])


def _file_is_free(path: Path) -> bool:
    try:
        with path.open("rb+") as file:
            if not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
                return False
    except FileNotFoundError:
        return True
    path.unlink(missing_ok=True)
    return True


def _lock_file(name: str, using: str) -> Path:
    database = Path(connections[using].settings_dict["NAME"])
    return database.with_name(f"{database.name}.workers") / f"{name.replace(':', '-').replace(os.sep, '-')}.lock"


def _key(name: str) -> int:
    """Return a number of 63 bits; the view ``pg_locks`` shows its halves."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) >> 1
