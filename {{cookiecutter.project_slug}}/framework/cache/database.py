"""The database tier: the table of Django's DatabaseCache, written by one statement each, and sealed values.

Django's own counts the table at every write, reads before it writes, loses one of two ``incr`` at once, and unpickles
whatever stands in the table. On SQLite, which has one writer at a time, a write that cannot begin soon raises
:class:`TierBusyError` rather than holding up a request for the database's whole timeout.
"""

import base64
import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import batched
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import OperationalError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .amending import Amend
from .envelope import MISSING
from .exceptions import TierBusyError, UnreadableValueError
from .formats import format_of
from .keys import spelled
from .statistics import count

#: Adding spares work and can be left out; a change that is left out has to be made up for.
ADD_WAIT_SECONDS: Final = 0.1
CHANGE_WAIT_SECONDS: Final = 1.0
#: What the table has room for; of a longer key the end is hashed.
LONGEST_KEY: Final = 250
#: Keys in one statement.
AT_ONCE: Final = 300
#: The table is looked at so often while it fills up once, and so holds a hundredth too much at most, as a rule.
LOOKS: Final = 100
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
                    found[wanted[made]] = self._format.loads(base64.b64decode(text))
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
        for some in batched(rows, AT_ONCE):
            self._write(_upsert(len(some)), [part for row in some for part in row], CHANGE_WAIT_SECONDS)
        self._cull_sometimes(len(rows))
        return []

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store ``value`` unless ``key`` is there; tell whether it was stored."""
        row = [self.make_and_validate_key(key, version=version), self._encode(value), self._ends(timeout)]
        sql = _upsert(1) + " WHERE {table}.expires < %s"
        stored = bool(self._write(sql, [*row, self._time()], ADD_WAIT_SECONDS))
        self._cull_sometimes(1)
        return stored

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give ``key`` a new time to live; tell whether it is there."""
        made = self.make_and_validate_key(key, version=version)
        sql = "UPDATE {table} SET expires = %s WHERE cache_key = %s AND expires >= %s"
        return bool(self._write(sql, [self._ends(timeout), made, self._time()], CHANGE_WAIT_SECONDS))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Remove ``key``; tell whether it was there."""
        made = self.make_and_validate_key(key, version=version)
        # One that has ended was not there; it stays until the next cull.
        sql = "DELETE FROM {table} WHERE cache_key = %s AND expires >= %s"
        return bool(self._write(sql, [made, self._time()], CHANGE_WAIT_SECONDS))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """Remove several keys."""
        self._base_delete_many([self.make_and_validate_key(key, version=version) for key in keys])

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Tell whether ``key`` is there."""
        made = self.make_and_validate_key(key, version=version)
        return bool(self._read("SELECT 1 FROM {table} WHERE cache_key = %s AND expires >= %s", [made, self._time()]))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add ``delta`` and return the sum, under the row's lock; raises ``ValueError`` when it is not there."""
        made = self.make_and_validate_key(key, version=version)
        with self._locked(made) as value:
            if value is MISSING:
                raise ValueError(f"Key '{key}' not found")
            total: int = value + delta
            self._execute("UPDATE {table} SET value = %s WHERE cache_key = %s", [self._encode(total), made])
        return total

    def amend(self, key: Any, change: Amend, version: int | None = None) -> bool:
        """Let ``change`` decide, under the row's lock, what becomes of the value; tell whether it is there."""
        made = self.make_and_validate_key(key, version=version)
        with self._locked(made) as value:
            if value is MISSING:
                return False
            if (amendment := change(value)) is None:
                return True
            if amendment.value is MISSING:
                self._execute("DELETE FROM {table} WHERE cache_key = %s", [made])
            else:
                row = [self._encode(amendment.value), self._ends(amendment.seconds), made]
                self._execute("UPDATE {table} SET value = %s, expires = %s WHERE cache_key = %s", row)
        return True

    @contextmanager
    def _locked(self, made: str) -> Iterator[Any]:
        """Give the value of a key that nobody else changes during the block, ``MISSING`` if it is not there."""
        with self._writing(CHANGE_WAIT_SECONDS), transaction.atomic(self._database):
            # A write takes the lock on every database; a plain read would let two see the same value.
            sql = "UPDATE {table} SET expires = expires WHERE cache_key = %s AND expires >= %s"
            if not self._execute(sql, [made, self._time()]):
                yield MISSING
                return
            [(text,)] = self._read("SELECT value FROM {table} WHERE cache_key = %s", [made])
            yield self._format.loads(base64.b64decode(text))

    def clear(self) -> None:
        """Remove every entry."""
        self._write("DELETE FROM {table}", [], CHANGE_WAIT_SECONDS)

    @property
    def _database(self) -> str:
        return router.db_for_write(self.cache_model_class)

    def _encode(self, value: Any) -> str:
        return base64.b64encode(self._format.dumps(value)).decode("ascii")

    def _ends(self, timeout: float | None) -> Any:
        ends = self.get_backend_timeout(timeout)
        return self._time(_NEVER if ends is None else datetime.fromtimestamp(ends, UTC))

    def _time(self, moment: datetime | None = None) -> Any:
        return connections[self._database].ops.adapt_datetimefield_value(moment or datetime.now(UTC))

    def _base_delete_many(self, made: Sequence[str]) -> int:
        sql = "DELETE FROM {table} WHERE cache_key IN ({keys})"
        return sum(self._write(sql, some, CHANGE_WAIT_SECONDS, keys=len(some)) for some in batched(made, AT_ONCE))

    def _cull_sometimes(self, writes: int) -> None:
        if random.random() * self._max_entries >= writes * LOOKS:  # noqa: S311 - a sample
            return
        self._write("DELETE FROM {table} WHERE expires < %s", [self._time()], CHANGE_WAIT_SECONDS)
        [(entries,)] = self._read("SELECT COUNT(*) FROM {table}", [])
        if entries <= self._max_entries:
            return
        kept = self._max_entries - (self._max_entries // self._cull_frequency if self._cull_frequency else entries)
        sql = "DELETE FROM {table} WHERE cache_key IN (SELECT cache_key FROM {table} ORDER BY expires LIMIT %s)"
        self._write(sql, [entries - max(0, kept)], CHANGE_WAIT_SECONDS)

    def _read(self, sql: str, parameters: Sequence[Any], *, keys: int = 0) -> list[tuple[Any, ...]]:
        connection = connections[router.db_for_read(self.cache_model_class)]
        with connection.cursor() as cursor:
            cursor.execute(self._complete(sql, connection, keys), parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _execute(self, sql: str, parameters: Sequence[Any], *, keys: int = 0) -> int:
        connection = connections[self._database]
        with connection.cursor() as cursor:
            cursor.execute(self._complete(sql, connection, keys), parameters)
            return int(cursor.rowcount)

    def _write(self, sql: str, parameters: Sequence[Any], seconds: float, *, keys: int = 0) -> int:
        with self._writing(seconds):
            return self._execute(sql, parameters, keys=keys)

    def _complete(self, sql: str, connection: BaseDatabaseWrapper, keys: int) -> str:
        return sql.format(table=connection.ops.quote_name(self._table), keys=_marks(["%s"] * keys))

    @contextmanager
    def _writing(self, seconds: float) -> Iterator[None]:
        connection = connections[self._database]
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            yield
            return
        usual = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
        self._wait_for_lock(int(seconds * 1000))
        begun = False
        try:
            with transaction.atomic(self._database):
                begun = True
                yield
        except OperationalError as error:
            if not begun:
                raise TierBusyError("the database is busy writing") from error
            raise
        finally:
            self._wait_for_lock(usual)

    def _wait_for_lock(self, milliseconds: int) -> None:
        with connections[self._database].cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _upsert(rows: int) -> str:
    into = "INSERT INTO {table} (cache_key, value, expires) VALUES"
    otherwise = "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
    return f"{into} {_marks(['(%s, %s, %s)'] * rows)} {otherwise}"


def _marks(each: Sequence[str]) -> str:
    return ", ".join(each)
