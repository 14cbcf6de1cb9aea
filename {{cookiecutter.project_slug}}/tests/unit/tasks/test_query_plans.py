"""What every task passes through finds its rows by an index, however many rows there are."""

from collections.abc import Callable, Sequence
from typing import Any

import dramatiq
import pytest
from django.db import connection

from framework.tasks import renewal, transitions
from framework.tasks.maintenance import Maintenance
from framework.tasks.models import Task
from framework.tasks.states.delayed import seconds_until_next
from framework.tasks.states.leased import published, running

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL rightly scans a table of few rows"),
]


def pass_through(maintenance: Maintenance) -> None:
    """Claim, start and finish a task, and do what a worker does between tasks."""
    [task] = transitions.claim("planned", 10, worker="host:1")
    [other] = transitions.claim("planned", 10, window=512) or [task]
    held = (str(task.id), task.generation)
    transitions.start([held, (str(other.id), 0)], "host:1")
    transitions.finish([(*held, None)])
    transitions.release([held])
    transitions.release_worker("host:1")
    renewal.extend([str(task.id)])
    renewal.extend_published("planned", 10)
    published(["planned"], "default")
    list(running("default"))
    seconds_until_next(["planned"], "default")
    maintenance.poll()


def test_no_statement_looks_through_the_whole_table(broker: dramatiq.Broker) -> None:
    @dramatiq.actor(queue_name="planned", broker=broker)
    def planned() -> None:
        """Do nothing."""

    planned.send()
    # Its first look is at all that waits, whose dates may be wrong.
    maintenance = Maintenance()
    maintenance.poll()
    statements: list[tuple[str, Sequence[Any]]] = []

    def note(execute: Callable[..., Any], sql: str, params: Sequence[Any], many: bool, context: Any) -> Any:
        if Task._meta.db_table in sql:
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        pass_through(maintenance)

    assert len(statements) > 5
    assert [sql for sql, params in statements if any("SCAN tasks_task" in step for step in plan(sql, params))] == []


def plan(sql: str, params: Sequence[Any]) -> list[str]:
    """Return the steps SQLite would take."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return [row[3] for row in cursor.fetchall()]
