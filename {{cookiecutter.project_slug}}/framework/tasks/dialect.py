"""What differs between the databases whose SQL the statements of tasks are written in."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from framework.conf.postgresql import is_pooled

from .handover import HandOver

if TYPE_CHECKING:
    import psycopg

# A lost claim or start only makes a row wait for its lease, so neither waits for PostgreSQL's disk.
_NO_FLUSH: Final = "set_config('synchronous_commit', 'off', true) AS unflushed"

# The columns of ids, which SQLite keeps without their dashes.
_IDS: Final = ("id", "workflow")


class Dialect:
    """What differs between the databases: whose clock decides, and how values are written."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.is_postgresql = connection.vendor == "postgresql"
        self.no_flush = f", {_NO_FLUSH}" if self.is_postgresql else ""
        self.skip_locked = "FOR UPDATE SKIP LOCKED" if self.is_postgresql else ""

    def moment(self, offset: timedelta = timedelta(0)) -> tuple[str, list[Any]]:
        """Return SQL for now plus ``offset``, and its parameters; PostgreSQL's clock is the one that hosts share."""
        if self.is_postgresql:
            return ("(statement_timestamp() + %s)", [offset]) if offset else ("statement_timestamp()", [])
        return "%s", [self.time(self._present + offset)]

    @cached_property
    def _present(self) -> datetime:
        return timezone.now()

    def time(self, value: datetime) -> Any:
        """Return ``value`` as a parameter."""
        return value if self.is_postgresql else self.connection.ops.adapt_datetimefield_value(value)

    def id(self, value: str | uuid.UUID) -> str:
        """Return a task's id as a parameter."""
        return str(value) if self.is_postgresql else uuid.UUID(str(value)).hex

    def as_stored(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return ``row`` with its ids as parameters."""
        return row if self.is_postgresql else row | {name: self.id(row[name]) for name in _IDS if row[name]}

    def run(self, statement: str, parameters: Sequence[Any], *, prepare: bool = False) -> list[tuple[Any, ...]]:
        """Run ``statement`` and return its rows.

        With ``prepare`` PostgreSQL keeps its plan, which pays for statements whose text never changes. Where queries
        are logged, in debug mode and in tests that count them, each goes Django's way.
        """
        if prepare and self.is_postgresql and not self.connection.queries_logged:
            self.connection.ensure_connection()
            with self.connection.wrap_database_errors:
                return _kept_cursor(self.connection).execute(statement, parameters).fetchall()
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def hand_over(self, row: Sequence[Any]) -> HandOver:
        """Return what a claim has read."""
        taken = HandOver._make(row[: len(HandOver._fields)])
        texts = {name: json.loads(getattr(taken, name)) for name in ("args", "kwargs", "options", "context")}
        if self.is_postgresql:
            return taken._replace(**texts)
        return taken._replace(
            **texts,
            id=uuid.UUID(str(taken.id)),
            created_at=taken.created_at.replace(tzinfo=UTC),
            available_at=taken.available_at.replace(tzinfo=UTC),
        )


def _kept_cursor(connection: Any) -> "psycopg.Cursor[Any]":
    """Return the cursor kept beside PostgreSQL's connection; a new one takes a tenth as long as the statement."""
    kept: psycopg.Cursor[Any] | None = getattr(connection, "tasks_cursor", None)
    if kept is None or kept.connection is not connection.connection:
        # What a pooler's session was told, the next one does not know.
        connection.connection.prepare_threshold = None if is_pooled(connection) else 0
        kept = connection.tasks_cursor = connection.Database.Cursor(connection.connection)
    return kept
