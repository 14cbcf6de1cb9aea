"""The statements that every task passes through, in SQL that SQLite and PostgreSQL both understand.

The ORM's build-up costs more than these statements take to run, and it has no ``UPDATE ... RETURNING``.
All other statements are the ORM's.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

from .commits import CHANNEL
from .dialect import Dialect
from .given import given
from .handover import HandOver
from .lanes import Share, with_lanes

# The part of a window that has to be free before more is claimed.
_PART: Final = 4

# One statement stays well under SQLite's 32,766 parameters.
BATCH: Final = 500

# At commit, and once for each queue however many rows there are; see commits.py.
_ANNOUNCE: Final = f", pg_notify('{CHANNEL}', queue)"

_ALWAYS: Final = ("id", "actor", "queue", "args", "max_attempts")
# The other columns of a new row, and what stands in them where nothing is said.
_USUAL: Final[Mapping[str, Any]] = {
    "priority": 0,
    "throttle": "",
    "kwargs": "{}",
    "options": "{}",
    "context": "{}",
    "unique_key": None,
    "workflow": None,
    "workflow_step": 0,
}
_HELD: Final = {"id": "uuid", "generation": "integer"}
_ENDED: Final = _HELD | {"result": "jsonb"}
_CASTS: Final = {
    "id": "::uuid",
    "workflow": "::uuid",
    **dict.fromkeys(("args", "kwargs", "options", "context"), "::jsonb"),
}


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


def claim(
    connection: BaseDatabaseWrapper,
    queue: str,
    limit: int,
    *,
    shares: Sequence[Share] | None,
    window: int,
    worker: str,
    lease: timedelta,
) -> list[HandOver]:
    """pending → sent for up to ``limit`` due rows of ``shares``; ``window`` is how many it may leave sent.

    On PostgreSQL ``None`` stands for all lanes, of which it is not worth asking first.

    A window that has hardly any room is left alone: claiming a few rows costs as much as claiming many.
    """
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    until, until_parameters = dialect.moment(lease)
    room, room_parameters = _room(queue, limit, window)
    head_parameters: list[Any] = []
    head = "WITH"
    if shares is None:
        lanes, head_parameters = with_lanes(dialect, [queue])
        head = f"{lanes},"
        chosen, chosen_parameters = _chosen_of_all(dialect)
    else:
        chosen, chosen_parameters = _chosen(dialect, queue, shares)
    # As an array the rows are chosen once, and looked up by their key: in some plans PostgreSQL asks a subquery again
    # for each row, where its LIMIT begins anew past what is locked, and in others it reads the whole table beside it.
    is_chosen = f"= ANY (ARRAY({chosen}))" if dialect.is_postgresql else f"IN ({chosen})"
    statement = f"""
        {head} room (n) AS ({room})
        UPDATE tasks_task SET state = 'sent', generation = generation + 1, worker = %s,
            sent_at = {present}, lease_until = {until}
        WHERE serial {is_chosen}
        RETURNING {", ".join(HandOver._fields)}{dialect.no_flush}
    """  # noqa: S608 - only fragments of this module
    parameters = [
        *head_parameters,
        *room_parameters,
        worker,
        *present_parameters,
        *until_parameters,
        *chosen_parameters,
    ]
    prepare = shares is None or len(shares) == 1
    taken = [dialect.hand_over(row) for row in dialect.run(statement, parameters, prepare=prepare)]
    return sorted(taken, key=attrgetter("priority", "available_at", "serial"))


def _room(queue: str, limit: int, window: int) -> tuple[str, list[Any]]:
    paused = "EXISTS (SELECT 1 FROM tasks_queuepause WHERE queue = %s)"
    if not window:
        return f"SELECT CASE WHEN {paused} THEN 0 ELSE %s END", [queue, limit]
    sent = "SELECT count(*) AS n FROM tasks_task WHERE queue = %s AND state = 'sent' AND lease_until IS NOT NULL"
    sizes = f"CASE WHEN {paused} OR n > %s THEN 0 WHEN n + %s <= %s THEN %s ELSE %s - n END"
    return f"SELECT {sizes} FROM ({sent}) AS held", [  # noqa: S608
        *(queue, window - window // _PART, limit, window, limit, window),
        queue,
    ]


def _chosen_of_all(dialect: Dialect) -> tuple[str, list[Any]]:
    """Return the rows of all lanes that are due, the most urgent lane first, as far as there is room."""
    present, parameters = dialect.moment()
    due = f"""
        SELECT serial FROM tasks_task
        WHERE state = 'pending' AND queue = lane.queue AND throttle = lane.throttle AND priority = lane.priority
            AND available_at <= {present}
        ORDER BY available_at, serial LIMIT (SELECT n FROM room) {dialect.skip_locked}
    """  # noqa: S608
    return f"SELECT serial FROM lane CROSS JOIN LATERAL ({due}) AS due LIMIT (SELECT n FROM room)", parameters  # noqa: S608


def _chosen(dialect: Dialect, queue: str, shares: Sequence[Share]) -> tuple[str, list[Any]]:
    """Return the rows of ``shares`` that are due: each lane by its own place in the index, the most urgent first.

    The lanes of a share are not sorted together, so that nothing is read or locked behind what there is room for.
    """
    present, present_parameters = dialect.moment()
    room = "(SELECT n FROM room)"
    found, parameters = [], []
    for share in shares:
        most = room if share.most is None else "%s"
        most_parameters = [] if share.most is None else [share.most]
        lane = f"""
            SELECT * FROM (
                SELECT serial, priority, available_at FROM tasks_task
                WHERE queue = %s AND state = 'pending' AND throttle = %s AND priority = %s AND available_at <= {present}
                ORDER BY available_at, serial LIMIT {most} {dialect.skip_locked}
            ) AS lane
        """  # noqa: S608
        for priority in share.priorities:
            parameters += [queue, share.throttle, priority, *present_parameters, *most_parameters]
        found.append(f"SELECT * FROM ({' UNION ALL '.join([lane] * len(share.priorities))} LIMIT {most}) AS share")  # noqa: S608
        parameters += most_parameters
    order = "ORDER BY priority, available_at, serial" if len(shares) > 1 else ""
    return f"SELECT serial FROM ({' UNION ALL '.join(found)}) AS due {order} LIMIT {room}", parameters  # noqa: S608


def start(connection: BaseDatabaseWrapper, held: Sequence[tuple[str, int]], worker: str, lease: timedelta) -> set[str]:
    """sent → running, the attempt counted; returns the ids of the hand-overs that were still valid.

    ``held`` has a pair of id and generation for each row.
    """
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    until, until_parameters = dialect.moment(lease)
    row = given(dialect, _HELD, [(dialect.id(task_id), generation) for task_id, generation in held])
    statement = f"""
        {row.head}
        UPDATE tasks_task SET state = 'running', attempts = attempts + 1, worker = %s,
            started_at = {present}, lease_until = {until}
        FROM given
        WHERE {row.is_among} AND tasks_task.generation = {row.values["generation"]} AND state = 'sent'
        RETURNING tasks_task.id{dialect.no_flush}
    """  # noqa: S608 - only fragments of this module
    return _ids(dialect, statement, [*row.parameters, worker, *present_parameters, *until_parameters])


def finish(connection: BaseDatabaseWrapper, results: Sequence[tuple[str, int, Any]]) -> set[str]:
    """sent or running → done; returns the ids whose lease had not been lost.

    ``results`` has an id, a generation and a result for each row.
    """
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    rows = [
        (dialect.id(task_id), generation, None if result is None else json.dumps(result))
        for task_id, generation, result in results
    ]
    row = given(dialect, _ENDED, rows)
    statement = f"""
        {row.head}
        UPDATE tasks_task SET state = 'done', finished_at = {present}, lease_until = NULL,
            result = {row.values["result"]}
        FROM given
        WHERE {row.is_among} AND tasks_task.generation = {row.values["generation"]} AND state IN ('sent', 'running')
        RETURNING tasks_task.id
    """  # noqa: S608 - only fragments of this module
    return _ids(dialect, statement, [*row.parameters, *present_parameters])


def _ids(dialect: Dialect, statement: str, parameters: Sequence[Any]) -> set[str]:
    return {str(uuid.UUID(str(row[0]))) for row in dialect.run(statement, parameters, prepare=True)}
