"""Database connections of worker threads."""

from typing import Any

from django.db import connections
from django_dramatiq.middleware import DbConnectionsMiddleware


class DatabaseConnections(DbConnectionsMiddleware):  # type: ignore[misc]  # django-dramatiq carries no types
    """Drops broken and outdated connections around each task, and all of them when a thread ends.

    A connection inside a transaction is left alone, so that tests may run tasks within theirs; SQLite's
    is kept while it works, since opening the file again costs more than most tasks.
    """

    def before_process_message(self, *args: Any, **kwargs: Any) -> None:
        """Drop what is broken or outdated."""
        for connection in connections.all(initialized_only=True):
            healthy = connection.vendor == "sqlite" and not connection.errors_occurred
            if not (connection.in_atomic_block or healthy):
                connection.close_if_unusable_or_obsolete()

    after_process_message = before_process_message
