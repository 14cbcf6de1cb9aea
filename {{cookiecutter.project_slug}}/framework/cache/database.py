"""The database tier: Django's DatabaseCache with an ``incr`` that loses nothing and short waits on SQLite."""

import base64
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import OperationalError, connections, router, transaction
from django.utils import timezone

from .exceptions import TierBusyError

#: Adding spares work and can be left out; a change that is left out has to be made up for.
ADD_WAIT_SECONDS: Final = 0.1
CHANGE_WAIT_SECONDS: Final = 1.0


class DatabaseTier(DatabaseCache):
    """``LOCATION``: the table, which this app's migration creates.

    Django's own ``incr`` reads and writes in two steps, so that of two at once one is lost, and gives the
    entry a new time to live. On SQLite, which has one writer at a time, a write that cannot begin soon raises
    :class:`TierBusyError` rather than holding up a request for the database's whole timeout.
    """

    _table: str

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add ``delta`` and return the sum, under the row's lock; raises ``ValueError`` when it is not there."""
        made = self.make_and_validate_key(key, version=version)
        connection = connections[self._database]
        table = connection.ops.quote_name(self._table)
        now = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
        with self._writing(CHANGE_WAIT_SECONDS), transaction.atomic(self._database), connection.cursor() as cursor:
            # A write takes the lock on every database; a plain read would let two see the same number.
            cursor.execute(
                f"UPDATE {table} SET expires = expires WHERE cache_key = %s AND expires >= %s",  # noqa: S608
                [made, now],
            )
            if not cursor.rowcount:
                raise ValueError(f"Key '{key}' not found")
            cursor.execute(f"SELECT value FROM {table} WHERE cache_key = %s", [made])  # noqa: S608 - a quoted name
            row = cursor.fetchone()
            total: int = pickle.loads(base64.b64decode(row[0])) + delta  # noqa: S301 - as DatabaseCache does
            encoded = base64.b64encode(pickle.dumps(total, self.pickle_protocol)).decode("ascii")
            cursor.execute(f"UPDATE {table} SET value = %s WHERE cache_key = %s", [encoded, made])  # noqa: S608
        return total

    def clear(self) -> None:
        """Remove every entry."""
        with self._writing(CHANGE_WAIT_SECONDS):
            super().clear()

    @property
    def _database(self) -> str:
        return router.db_for_write(self.cache_model_class)

    def _base_set(self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT) -> bool:
        with self._writing(ADD_WAIT_SECONDS if mode == "add" else CHANGE_WAIT_SECONDS):
            stored = bool(super()._base_set(mode, key, value, timeout))  # type: ignore[misc]  # not in the stubs
            if not stored and mode == "set":
                # Somebody else inserted the key at this moment: now there is a row to update.
                stored = bool(super()._base_set(mode, key, value, timeout))  # type: ignore[misc]  # not in the stubs
        if not stored and mode == "set":
            raise TierBusyError(f"{key!r} was not stored")
        return stored

    def _base_delete_many(self, keys: Any) -> bool:
        if not keys:
            return False
        with self._writing(CHANGE_WAIT_SECONDS):
            return bool(super()._base_delete_many(keys))  # type: ignore[misc]  # not in the stubs

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
