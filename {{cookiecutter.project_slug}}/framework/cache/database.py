"""The database tier: the table of Django's DatabaseCache, written by one statement each, and sealed values.

Django's own writes inside its caller's transaction, counts the table at every write, reads before it writes, loses one
of two ``incr`` at once, and unpickles whatever stands in the table. Here no lock is held from one statement to the
next, so nobody waits for more than a statement; where that takes too long, :class:`TierBusyError` is raised.
"""

import base64
import hashlib
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import batched
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import DatabaseError, OperationalError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from .amending import Amend, Amendment
from .autocommit import autocommit_connection
from .envelope import MISSING
from .exceptions import TierBusyError, UnreadableValueError
from .formats import format_of
from .keys import spelled
from .statistics import count

#: What the table has room for; of a longer key the end is hashed.
LONGEST_KEY: Final = 250
#: Keys in one statement.
AT_ONCE: Final = 300
#: The table is looked at so often while it fills up once, and so holds a hundredth too much at most, as a rule.
LOOKS: Final = 100
#: How long a change of what others change all the time is tried.
PATIENCE_SECONDS: Final = 10.0
#: SQLSTATE of a deadlock, and of a change between a statement's look and its write.
_GAVE_WAY: Final = ("40P01", "40001")
_TRIES: Final = 3
# What somebody else is changing is not old.
_CULL: Final = "DELETE FROM {table} WHERE cache_key IN (SELECT cache_key FROM {table} WHICH {unless_locked})"
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


class DatabaseTier(BaseDatabaseCache):
    """``LOCATION``: the table, which this app's migration creates; ``OPTIONS``: ``FORMAT``, ``COMPRESS_FROM``.

    ``MAX_ENTRIES`` and ``CULL_FREQUENCY`` as in Django, except that the entries that end first go first.
    """

    _table: str

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(table, params)
        self._format = format_of(params.get("OPTIONS", {}))

    def make_key(self, key: Any, version: int | None = None) -> str:
        """Return the key as it stands in the table, which PostgreSQL allows no more than 255 characters."""
        made = spelled(super().make_key(key, version))
        if len(made) <= LONGEST_KEY:
            return made
        digest = hashlib.blake2b(made.encode(), digest_size=20).hexdigest()
        return f"{made[: LONGEST_KEY - len(digest) - 1]}:{digest}"

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value of ``key``."""
        return self.get_many([key], version).get(key, default)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """Return the values that are there, in one query for each :data:`AT_ONCE` of them."""
        return self._load({self.make_and_validate_key(key, version=version): key for key in keys})

    def load(self, keys: Iterable[str]) -> dict[str, Any]:
        """Return what there is of ``keys``, which are valid."""
        return self._load({self.make_key(key): key for key in keys})

    def _load(self, wanted: Mapping[str, Any]) -> dict[Any, Any]:
        found = {}
        unreadable = []
        for some in batched(wanted, AT_ONCE):
            sql = "SELECT cache_key, value FROM {table} WHERE cache_key IN ({keys}) AND expires >= %s"
            for made, text in self._read(sql, [*some, self._time()], keys=len(some)):
                try:
                    found[wanted[made]] = self._decode(text)
                except (UnreadableValueError, ValueError):
                    unreadable.append(made)
        if unreadable:
            count("", "unreadable", len(unreadable))
            self._base_delete_many(unreadable)
        return found

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store ``value``."""
        self.set_many({key: value}, timeout, version)

    def set_many(
        self, data: Mapping[Any, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        """Store several values, in one statement for each :data:`AT_ONCE` of them; returns those that failed: none."""
        rows = [
            (self.make_and_validate_key(key, version=version), self._encode(value), self._ends(timeout))
            for key, value in data.items()
        ]
        # In one order in all processes, so that none waits for another that waits for it.
        for some in batched(sorted(rows), AT_ONCE):
            self._write(_upsert(len(some)), [part for row in some for part in row])
        self._cull_sometimes(len(rows))
        return []

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store ``value`` unless ``key`` is there; tell whether it was stored."""
        row = [self.make_and_validate_key(key, version=version), self._encode(value), self._ends(timeout)]
        sql = _upsert(1) + " WHERE {table}.expires < %s"
        stored = bool(self._write(sql, [*row, self._time()]))
        self._cull_sometimes(1)
        return stored

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give ``key`` a new time to live; tell whether it is there."""
        made = self.make_and_validate_key(key, version=version)
        sql = "UPDATE {table} SET expires = %s WHERE cache_key = %s AND expires >= %s"
        return bool(self._write(sql, [self._ends(timeout), made, self._time()]))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Remove ``key``; tell whether it was there."""
        made = self.make_and_validate_key(key, version=version)
        # One that has ended was not there; it stays until the next cull.
        sql = "DELETE FROM {table} WHERE cache_key = %s AND expires >= %s"
        return bool(self._write(sql, [made, self._time()]))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """Remove several keys."""
        self._base_delete_many([self.make_and_validate_key(key, version=version) for key in keys])

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Tell whether ``key`` is there."""
        made = self.make_and_validate_key(key, version=version)
        return bool(self._read("SELECT 1 FROM {table} WHERE cache_key = %s AND expires >= %s", [made, self._time()]))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add ``delta`` and return the sum; raises ``ValueError`` when ``key`` is not there."""
        totals: list[int] = []

        def add(value: Any) -> Amendment:
            totals.append(value + delta)
            return Amendment(totals[-1])

        if not self._amend(key, add, version, keeps_end=True):
            raise ValueError(f"Key '{key}' not found")
        return totals[-1]

    def amend(self, key: Any, change: Amend, version: int | None = None) -> bool:
        """Let ``change`` decide what becomes of the value, and tell whether it is there.

        If others have changed it meanwhile, it decides again. Raises :class:`TierBusyError` if they do so all the time.
        """
        return self._amend(key, change, version, keeps_end=False)

    def _amend(self, key: Any, change: Amend, version: int | None, *, keeps_end: bool) -> bool:
        made = self.make_and_validate_key(key, version=version)
        gives_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < gives_up:
            sql = "SELECT value FROM {table} WHERE cache_key = %s AND expires >= %s"
            if not (rows := self._read(sql, [made, self._time()])):
                return False
            [(text,)] = rows
            try:
                amendment = change(self._decode(text))
            except (UnreadableValueError, ValueError):
                return False
            if amendment is None or self._swap(made, text, amendment, keeps_end=keeps_end):
                return True
        raise TierBusyError(f"{key!r} was changed all the time while it was to be amended")

    def _swap(self, made: str, text: str, amendment: Amendment, *, keeps_end: bool) -> bool:
        if amendment.value is MISSING:
            return bool(self._write("DELETE FROM {table} WHERE cache_key = %s AND value = %s", [made, text]))
        new = self._encode(amendment.value)
        if keeps_end:
            sql = "UPDATE {table} SET value = %s WHERE cache_key = %s AND value = %s"
            return bool(self._write(sql, [new, made, text]))
        sql = "UPDATE {table} SET value = %s, expires = %s WHERE cache_key = %s AND value = %s"
        return bool(self._write(sql, [new, self._ends(amendment.seconds), made, text]))

    def clear(self) -> None:
        """Remove every entry."""
        self._write("DELETE FROM {table}", [])

    @property
    def _database(self) -> str:
        return router.db_for_write(self.cache_model_class)

    def _encode(self, value: Any) -> str:
        return base64.b64encode(self._format.dumps(value)).decode("ascii")

    def _decode(self, text: str) -> Any:
        return self._format.loads(base64.b64decode(text))

    def _ends(self, timeout: float | None) -> Any:
        ends = self.get_backend_timeout(timeout)
        return self._time(_NEVER if ends is None else datetime.fromtimestamp(ends, UTC))

    def _time(self, moment: datetime | None = None) -> Any:
        return connections[self._database].ops.adapt_datetimefield_value(moment or datetime.now(UTC))

    def _base_delete_many(self, made: Sequence[str]) -> int:
        sql = "DELETE FROM {table} WHERE cache_key IN ({keys})"
        return sum(self._write(sql, some, keys=len(some)) for some in batched(made, AT_ONCE))

    def _cull_sometimes(self, writes: int) -> None:
        if random.random() * self._max_entries >= writes * LOOKS:  # noqa: S311 - a sample
            return
        self._write(_CULL.replace("WHICH", "WHERE expires < %s"), [self._time()])
        [(entries,)] = self._read("SELECT COUNT(*) FROM {table}", [])
        if entries <= self._max_entries:
            return
        kept = self._max_entries - (self._max_entries // self._cull_frequency if self._cull_frequency else entries)
        self._write(_CULL.replace("WHICH", "ORDER BY expires LIMIT %s"), [entries - max(0, kept)])

    def _read(self, sql: str, parameters: Sequence[Any], *, keys: int = 0) -> list[tuple[Any, ...]]:
        with self._executed(sql, parameters, keys) as cursor:
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _write(self, sql: str, parameters: Sequence[Any], *, keys: int = 0) -> int:
        for _ in range(_TRIES - 1):
            with suppress(_AnotherWasFasterError):
                return self._write_once(sql, parameters, keys)
        return self._write_once(sql, parameters, keys)

    def _write_once(self, sql: str, parameters: Sequence[Any], keys: int) -> int:
        with self._executed(sql, parameters, keys) as cursor:
            return int(cursor.rowcount)

    @contextmanager
    def _executed(self, sql: str, parameters: Sequence[Any], keys: int) -> Iterator[CursorWrapper]:
        try:
            with autocommit_connection(self._database, self._table) as connection, connection.cursor() as cursor:
                cursor.execute(self._complete(sql, connection, keys), parameters)
                yield cursor
        except DatabaseError as error:
            cause = error.__cause__
            if getattr(cause, "sqlstate", "") in _GAVE_WAY:
                raise _AnotherWasFasterError(str(error)) from error
            if getattr(cause, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise TierBusyError(str(error)) from error
            if type(error) is DatabaseError:
                # SQLite's word for a damaged file.
                raise OperationalError(str(error)) from error
            raise

    def _complete(self, sql: str, connection: BaseDatabaseWrapper, keys: int) -> str:
        lock = connection.ops.for_update_sql(skip_locked=True) if connection.features.has_select_for_update else ""
        table = connection.ops.quote_name(self._table)
        return sql.format(table=table, keys=_marks(["%s"] * keys), unless_locked=lock)


class _AnotherWasFasterError(TierBusyError):
    """Of two statements that were in each other's way, this one was ended."""


def _upsert(rows: int) -> str:
    into = "INSERT INTO {table} (cache_key, value, expires) VALUES"
    otherwise = "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
    return f"{into} {_marks(['(%s, %s, %s)'] * rows)} {otherwise}"


def _marks(each: Sequence[str]) -> str:
    return ", ".join(each)
