"""Database connections of worker threads."""

from typing import Any

from django.db import connections
from django_dramatiq.middleware import DbConnectionsMiddleware

from framework.tasks.journal import current_journal


class DatabaseConnections(DbConnectionsMiddleware):  # type: ignore[misc]  # django-dramatiq carries no types
    """Drops broken and outdated connections around each task, and all of them when a thread ends.

    Outside a worker process a connection inside a transaction is left alone, so that tests may run tasks within
    theirs; SQLite's is kept while it works, since opening the file again costs more than most tasks.
    """

    def before_process_message(self, *args: Any, **kwargs: Any) -> None:
        """Drop what is broken, outdated, or still inside a transaction that nobody will end."""
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block:
                if current_journal() is not None:
                    # An interrupt can hit between two steps of Django's own; closing alone would not undo that.
                    connection.close()
                    del connections[connection.alias]
            elif connection.vendor != "sqlite" or connection.errors_occurred:
                connection.close_if_unusable_or_obsolete()

    after_process_message = before_process_message
