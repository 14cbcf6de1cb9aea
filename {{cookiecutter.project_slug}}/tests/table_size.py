"""A table of many tasks, and what it costs to look for one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest
from django.db import connection, transaction

from framework.tasks.conf import LIMITS
from framework.tasks.models import Task

ROWS: Final = 3000
LARGER: Final = 8
# Levels of a B-tree for each row of a lot, a plan that differs a little; a scan would be LARGER times as much.
FACTOR: Final = 3
SPARE: Final = 60


@contextmanager
def counted_effort() -> Iterator[list[int]]:
    """Collect how many pages PostgreSQL reads, or how many tens of instructions SQLite runs."""
    found: list[int] = []

    def explain(execute: Callable[..., Any], sql: str, params: Sequence[Any], many: bool, context: Any) -> Any:
        if Task._meta.db_table in sql:
            with transaction.atomic():
                context["cursor"].cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
                plan = context["cursor"].cursor.fetchone()[0][0]["Plan"]
                found.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
                transaction.set_rollback(True)
        return execute(sql, params, many, context)

    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(lambda: found.append(1), 10)
        yield found
        connection.connection.set_progress_handler(None, 0)
    else:
        # What keeps its plan goes past Django's cursors otherwise.
        connection.force_debug_cursor = True
        with connection.execute_wrapper(explain):
            yield found
        connection.force_debug_cursor = False


def fill(rows: int) -> None:
    """Write ``rows`` of what has ended, half as many that wait for their time, and as many for their actor's limit."""
    new_id, ended = "lower(hex(randomblob(16)))", "datetime('2026-01-01', '+' || i || ' seconds')"
    if connection.vendor == "postgresql":
        new_id, ended = "gen_random_uuid()", "timestamptz '2026-01-01' + i * interval '1 second'"
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
    columns = "id, actor, queue, args, state, throttle, priority, available_at, finished_at"
    later, earlier = "'2199-01-01 00:00:00'", "'2026-01-01 00:00:00'"
    with connection.cursor() as cursor:
        for share, values in (
            (1, f"'sized', 'sizes', '[]', 'done', '', 0, {earlier}, {ended}"),
            (2, f"'sized', 'sizes', '[]', 'pending', '', i %% 3, {later}, NULL"),
            (2, f"'seldom', 'sizes', '[]', 'pending', 'seldom', 0, {earlier}, NULL"),
            (8, f"'sized', 'sizes', '[]', 'dead', '', 0, {earlier}, {ended}"),
        ):
            statement = f"INSERT INTO tasks_task ({columns}) {numbers} SELECT {new_id}, {values} FROM n"  # noqa: S608
            cursor.execute(statement, [rows // share])
        cursor.execute("ANALYZE tasks_task")


def shorten_looks(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """Let looks that are bounded, in ``modules``, end long before the smaller of the two tables does."""
    for module in modules:
        monkeypatch.setattr(f"{module}.LIMITS", replace(LIMITS, counted=150, searched=300))


def grown_by_rows(steps: Callable[[], Mapping[str, Callable[[], object]]]) -> dict[str, list[int]]:
    """Return the steps that take more effort in a larger table, and how much in the smaller and in the larger."""
    efforts: dict[str, list[int]] = {}
    for rows in (ROWS, ROWS * (LARGER - 1)):
        fill(rows)
        with transaction.atomic():
            for name, step in steps().items():
                with counted_effort() as effort:
                    step()
                efforts.setdefault(name, []).append(sum(effort))
            transaction.set_rollback(True)
    assert all(any(pair) for pair in efforts.values()), efforts
    return {name: pair for name, pair in efforts.items() if pair[1] > FACTOR * pair[0] + SPARE}
