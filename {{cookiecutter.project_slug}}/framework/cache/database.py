"""The database tier: Django's DatabaseCache with an ``incr`` that loses nothing."""

import base64
import pickle
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router, transaction
from django.utils import timezone


class DatabaseTier(DatabaseCache):
    """``LOCATION``: the table, which this app's migration creates.

    Django's own ``incr`` reads and writes in two steps, so that of two at once one is lost, and gives the
    entry a new time to live.
    """

    _table: str

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add ``delta`` and return the sum, under the row's lock; raises ``ValueError`` when it is not there."""
        made = self.make_and_validate_key(key, version=version)
        database = router.db_for_write(self.cache_model_class)
        connection = connections[database]
        table = connection.ops.quote_name(self._table)
        now = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
        with transaction.atomic(using=database), connection.cursor() as cursor:
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
