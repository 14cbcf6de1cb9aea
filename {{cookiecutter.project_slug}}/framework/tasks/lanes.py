"""Which lanes of the queues have rows that wait, found without a look at the rows behind the first of each.

A lane is what the index of pending rows begins with: a queue, the limited actor whose places its rows wait for (or
none), and a priority. There are few lanes and may be millions of rows. No database we know skips from one lane to the
next by itself, so it is spelled as a recursion (https://wiki.postgresql.org/wiki/Loose_indexscan).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from .dialect import Dialect

_WAITING: Final = "SELECT serial FROM tasks_task WHERE state = 'pending' AND queue ="
_IN_ORDER: Final = "throttle, priority, available_at, serial LIMIT 1"
_FIRST: Final = f"({_WAITING} wanted.name ORDER BY {_IN_ORDER})"
# The next priority, or else the next throttle: SQLite does not skip to the next pair of both.
_NEXT: Final = f"""coalesce(
    ({_WAITING} lane.queue AND throttle = lane.throttle AND priority > lane.priority ORDER BY {_IN_ORDER}),
    ({_WAITING} lane.queue AND throttle > lane.throttle ORDER BY {_IN_ORDER})
)"""
_ALL_QUEUES: Final = """
    wanted (name) AS (
        SELECT min(queue) FROM tasks_task WHERE state = 'pending'
        UNION ALL
        SELECT (SELECT min(queue) FROM tasks_task WHERE state = 'pending' AND queue > wanted.name)
        FROM wanted WHERE wanted.name IS NOT NULL
    )
"""
# What became due between a claim and the question what comes next must not be overlooked.
OVERLAP: Final = timedelta(milliseconds=20)


class Lane(NamedTuple):
    """Rows that wait, and whether the first of them is due."""

    queue: str
    throttle: str
    priority: int
    is_due: bool


class Share(NamedTuple):
    """Lanes of a queue that differ in priority only, and how many of their rows may be claimed; ``None`` for any."""

    throttle: str
    priorities: tuple[int, ...]
    most: int | None


def lanes_of(connection: BaseDatabaseWrapper, queues: Sequence[str]) -> list[Lane]:
    """Return the lanes of ``queues`` that have rows and are not paused, the most urgent first."""
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    head, head_parameters = with_lanes(dialect, queues)
    statement = f"""
        {head}
        SELECT queue, throttle, priority, available_at <= {present} FROM lane
        WHERE NOT EXISTS (SELECT 1 FROM tasks_queuepause AS pause WHERE pause.queue = lane.queue)
        ORDER BY priority
    """  # noqa: S608 - only fragments of this module
    rows = dialect.run(statement, [*head_parameters, *present_parameters], prepare=True)
    return [Lane(queue, throttle, priority, bool(is_due)) for queue, throttle, priority, is_due in rows]


def due_shares(lanes: Iterable[Lane], places: Mapping[str, int] | None = None) -> list[Share]:
    """Return what of ``lanes``, of one queue, is due; ``places`` are those of limited actors, 0 leaves them out."""
    priorities: dict[str, list[int]] = {}
    for lane in lanes:
        if lane.is_due:
            priorities.setdefault(lane.throttle, []).append(lane.priority)
    most = {} if places is None else places
    return [Share(name, tuple(found), most.get(name)) for name, found in priorities.items() if most.get(name) != 0]


def count_waiting(connection: BaseDatabaseWrapper, most: int) -> dict[str, int]:
    """Return how many rows wait in each queue, due or not; no further than to ``most``.

    They are put in order so that PostgreSQL takes the index; it may look for few rows in the whole table.
    """
    statement = f"""
        WITH RECURSIVE {_ALL_QUEUES}
        SELECT name, (SELECT count(*) FROM (
            SELECT 1 FROM tasks_task WHERE state = 'pending' AND queue = wanted.name
            ORDER BY throttle, priority, available_at, serial LIMIT %s
        ) AS few) FROM wanted WHERE name IS NOT NULL
    """  # noqa: S608
    return dict(Dialect(connection).run(statement, [most]))


def oldest_due(connection: BaseDatabaseWrapper) -> timedelta | None:
    """Return how long the task that has been due longest waits; ``None`` when nothing does."""
    dialect = Dialect(connection)
    present, parameters = dialect.moment()
    statement = f"""
        WITH RECURSIVE {_ALL_QUEUES}, {_recursion(dialect)}
        SELECT min(available_at), {present} FROM lane WHERE available_at <= {present}
    """  # noqa: S608
    return _between(dialect, *dialect.run(statement, parameters * 2)[0])


def next_due(connection: BaseDatabaseWrapper, queues: Sequence[str]) -> timedelta | None:
    """Return how long it takes until the next row of ``queues`` is due; ``None`` when none waits.

    Rows that became due just now count.
    """
    dialect = Dialect(connection)
    present, present_parameters = dialect.moment()
    since, since_parameters = dialect.moment(-OVERLAP)
    head, head_parameters = with_lanes(dialect, queues)
    statement = f"""
        {head}
        SELECT {present}, min((
            SELECT min(available_at) FROM tasks_task AS task
            WHERE state = 'pending' AND task.queue = lane.queue AND task.throttle = lane.throttle
                AND task.priority = lane.priority AND task.available_at > {since}
        )) FROM lane
    """  # noqa: S608
    parameters = [*head_parameters, *present_parameters, *since_parameters]
    return _between(dialect, *dialect.run(statement, parameters, prepare=True)[0])


def _recursion(dialect: Dialect) -> str:
    row = "SELECT task.queue, task.throttle, task.priority, task.available_at FROM"
    join = "{} JOIN tasks_task AS task ON task.serial = {}"
    if dialect.is_postgresql:
        # Else it may read the whole table to join it with the few serials.
        join = "{} CROSS JOIN LATERAL (SELECT * FROM tasks_task WHERE serial = {} LIMIT 1) AS task"
    lanes = f"{row} {join.format('wanted', _FIRST)} UNION ALL {row} {join.format('lane', _NEXT)}"
    return f"lane (queue, throttle, priority, available_at) AS ({lanes})"


def with_lanes(dialect: Dialect, queues: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the beginning of a statement about the lanes of ``queues``, due or not, and its parameters."""
    names = f"VALUES {', '.join(['(%s)'] * len(queues))}"
    parameters: list[Any] = [*queues]
    if dialect.is_postgresql:
        # The same text for any number of them, and a number that PostgreSQL cannot see: it plans this once.
        names, parameters = "SELECT unnest((SELECT %s::varchar[]))", [parameters]
    return f"WITH RECURSIVE wanted (name) AS ({names}), {_recursion(dialect)}", parameters


def _between(dialect: Dialect, earlier: Any, later: Any) -> timedelta | None:
    if earlier is None or later is None:
        return None
    first, last = (datetime.fromisoformat(each) if isinstance(each, str) else each for each in (earlier, later))
    return last - first
