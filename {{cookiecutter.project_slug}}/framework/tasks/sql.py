"""The statements that every task passes through, in SQL that SQLite and PostgreSQL both understand.

The ORM's build-up costs more than these statements take to run, and it has no ``UPDATE ... RETURNING``.
All other statements are the ORM's.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from framework.conf.postgresql import is_pooled

from .commits import CHANNEL
from .handover import HandOver

if TYPE_CHECKING:
    import psycopg

# The part of a window that has to be free before more is claimed.
_PART: Final = 4

# One statement stays well under SQLite's 32,766 parameters.
BATCH: Final = 500

# A lost claim or start only makes a row wait for its lease, so neither waits for PostgreSQL's disk.
_NO_FLUSH: Final = "set_config('synchronous_commit', 'off', true) AS unflushed"

# At commit, and once for each queue however many rows there are; see commits.py.
_ANNOUNCE: Final = f", pg_notify('{CHANNEL}', queue)"

_ALWAYS: Final = ("id", "actor", "queue", "args", "max_attempts")
# The other columns of a new row, and what stands in them where nothing is said.
_USUAL: Final[Mapping[str, Any]] = {
    "priority": 0,
    "kwargs": "{}",
    "options": "{}",
    "context": "{}",
    "unique_key": None,
    "workflow": None,
    "workflow_step": 0,
}
_IDS: Final = ("id", "workflow")
_CASTS: Final = {
    **dict.fromkeys(_IDS, "::uuid"),
    **dict.fromkeys(("args", "kwargs", "options", "context"), "::jsonb"),
}


class Dialect:
    """What differs between the databases: whose clock decides, and how values are written."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.is_postgresql = connection.vendor == "postgresql"
        self.json = "%s::jsonb" if self.is_postgresql else "%s"
        self.uuid = "%s::uuid" if self.is_postgresql else "%s"
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


def insert(connection: BaseDatabaseWrapper, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Insert ``rows`` and return the ids written; those whose id or unique key is taken are left out."""
    dialect = Dialect(connection)
    # What is as the table would have it anyway is left to it: half of the columns of most tasks.
    columns = (*_ALWAYS, *(name for name, usual in _USUAL.items() if any(row[name] != usual for row in rows)))
    moments, parameters = [], []
    for row in rows:
        created, created_parameters = dialect.moment()
        available, available_parameters = _available(dialect, row["available_at"], row["delay"])
        moments.append((created, available))
        parameters += [*map(dialect.as_stored(row).__getitem__, columns), *created_parameters, *available_parameters]
    statement = _insert_statement(dialect.is_postgresql, columns, tuple(moments))
    may_open = dialect.is_postgresql and not any(map(_has_time, rows))
    if may_open and (written := _run_opening(connection, statement, parameters)) is not None:
        return {str(uuid.UUID(each)) for each in written}
    return {str(uuid.UUID(str(row[0]))) for row in dialect.run(statement, parameters, prepare=len(rows) == 1)}


def _run_opening(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> list[str] | None:
    """Run ``statement`` together with the BEGIN before it; ``None`` if it is not the first one of a transaction."""
    # Its imports are PostgreSQL's driver, which no other process pays for.
    from .opening import opens_transaction, run_opening

    if not opens_transaction(connection):
        return None
    return run_opening(connection, statement, parameters)


@lru_cache(maxsize=64)
def _insert_statement(is_postgresql: bool, columns: tuple[str, ...], moments: tuple[tuple[str, str], ...]) -> str:
    casts = _CASTS if is_postgresql else {}
    values = ", ".join(f"%s{casts.get(name, '')}" for name in columns)
    rows = ", ".join(f"({values}, {created}, {available})" for created, available in moments)
    return (
        f"INSERT INTO tasks_task ({', '.join(columns)}, created_at, available_at) VALUES {rows}"  # noqa: S608
        " ON CONFLICT DO NOTHING RETURNING id"
        f"{_ANNOUNCE if is_postgresql else ''}"
    )


def _has_time(row: dict[str, Any]) -> bool:
    return bool(row["available_at"] or row["delay"])


def _available(dialect: Dialect, moment: datetime | None, delay: timedelta) -> tuple[str, list[Any]]:
    return dialect.moment(delay) if moment is None else ("%s", [dialect.time(moment)])


def queues_due(connection: BaseDatabaseWrapper, queues: Sequence[str]) -> list[str]:
    """Return those of ``queues`` that have due rows and are not paused."""
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    names = ", ".join(["(%s)"] * len(queues))
    statement = f"""
        WITH queue (name) AS (VALUES {names})
        SELECT name FROM queue
        WHERE EXISTS (
            SELECT 1 FROM tasks_task WHERE queue = name AND state = 'pending' AND available_at <= {present}
        ) AND NOT EXISTS (SELECT 1 FROM tasks_queuepause WHERE queue = name)
    """  # noqa: S608 - only fragments of this module
    return [row[0] for row in dialect.run(statement, [*queues, *present_parameters])]


def claim(
    connection: BaseDatabaseWrapper,
    queue: str,
    limit: int,
    *,
    window: int,
    worker: str,
    lease: timedelta,
    closed: Sequence[str],
) -> list[HandOver]:
    """pending → sent for up to ``limit`` due rows; with ``window`` no more than leave that many rows sent.

    A window that has hardly any room is left alone: claiming a few rows costs as much as claiming many.
    """
    dialect = Dialect(connection)
    room = "%s"
    room_parameters: list[Any] = [limit]
    if window:
        sent = "SELECT count(*) AS n FROM tasks_task WHERE queue = %s AND state = 'sent' AND lease_until IS NOT NULL"
        sizes = "WHEN n > %s THEN 0 WHEN n + %s <= %s THEN %s ELSE %s - n"
        room = f"(SELECT CASE {sizes} END FROM ({sent}) AS held)"  # noqa: S608
        room_parameters = [window - window // _PART, limit, window, limit, window, queue]
    present, present_parameters = dialect.moment()
    until, until_parameters = dialect.moment(lease)
    shut = f"AND actor NOT IN ({', '.join(['%s'] * len(closed))})" if closed else ""
    statement = f"""
        UPDATE tasks_task SET state = 'sent', generation = generation + 1, worker = %s,
            sent_at = {present}, lease_until = {until}
        WHERE serial IN (
            SELECT serial FROM tasks_task
            WHERE queue = %s AND state = 'pending' AND available_at <= {present} {shut}
                AND NOT EXISTS (SELECT 1 FROM tasks_queuepause WHERE queue = %s)
            ORDER BY priority, available_at, serial LIMIT {room} {dialect.skip_locked}
        )
        RETURNING {", ".join(HandOver._fields)}{dialect.no_flush}
    """  # noqa: S608 - only fragments of this module
    parameters = [
        *(worker, *present_parameters, *until_parameters),
        *(queue, *present_parameters, *closed, queue, *room_parameters),
    ]
    taken = [dialect.hand_over(row) for row in dialect.run(statement, parameters, prepare=not closed)]
    return sorted(taken, key=attrgetter("priority", "available_at", "serial"))


def start(connection: BaseDatabaseWrapper, held: Sequence[tuple[str, int]], worker: str, lease: timedelta) -> set[str]:
    """sent → running, the attempt counted; returns the ids of the hand-overs that were still valid."""
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    until, until_parameters = dialect.moment(lease)
    pairs = ", ".join([f"({dialect.uuid}, %s)"] * len(held))
    # A join, since SQLite looks through the whole table for `(id, generation) IN (VALUES ...)`.
    statement = f"""
        WITH held (id, generation) AS (VALUES {pairs})
        UPDATE tasks_task SET state = 'running', attempts = attempts + 1, worker = %s,
            started_at = {present}, lease_until = {until}
        FROM held
        WHERE tasks_task.id = held.id AND tasks_task.generation = held.generation AND state = 'sent'
        RETURNING tasks_task.id{dialect.no_flush}
    """  # noqa: S608 - only fragments of this module
    values = [value for task_id, generation in held for value in (dialect.id(task_id), generation)]
    parameters = [*values, worker, *present_parameters, *until_parameters]
    found = dialect.run(statement, parameters, prepare=len(held) == 1)
    return {str(uuid.UUID(str(row[0]))) for row in found}


def finish(connection: BaseDatabaseWrapper, results: Sequence[tuple[str, int, Any]]) -> set[str]:
    """running → done; returns the ids whose lease had not been lost."""
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    rows = ", ".join([f"({dialect.uuid}, %s, {dialect.json})"] * len(results))
    statement = f"""
        WITH outcome (id, generation, result) AS (VALUES {rows})
        UPDATE tasks_task SET state = 'done', finished_at = {present}, lease_until = NULL, result = outcome.result
        FROM outcome
        WHERE tasks_task.id = outcome.id AND tasks_task.generation = outcome.generation
            AND state IN ('sent', 'running')
        RETURNING tasks_task.id
    """  # noqa: S608 - only fragments of this module
    values = [
        value
        for task_id, generation, result in results
        for value in (dialect.id(task_id), generation, None if result is None else json.dumps(result))
    ]
    ended = dialect.run(statement, [*values, *present_parameters], prepare=len(results) == 1)
    return {str(uuid.UUID(str(row[0]))) for row in ended}
