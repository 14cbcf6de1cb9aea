"""The table of a site that has run for a while."""

from django.db import connection

_COLUMNS = "id, actor, queue, args, state, priority, available_at, finished_at"


def write(ended: int, delayed: int) -> None:
    """Write so many tasks that have ended, and so many in three priorities that wait for a day far ahead."""
    new_id, moment = "lower(hex(randomblob(16)))", "datetime('2026-01-01', '+' || i || ' seconds')"
    if connection.vendor == "postgresql":
        new_id, moment = "gen_random_uuid()", "timestamptz '2026-01-01' + i * interval '1 second'"
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
    with connection.cursor() as cursor:
        for rows, values in (
            (ended, f"'work', 'benchmark', '[1]', 'done', 0, {moment}, {moment}"),
            (delayed, "'work', 'benchmark', '[1]', 'pending', i %% 3, '2199-01-01 00:00:00', NULL"),
        ):
            statement = f"INSERT INTO tasks_task ({_COLUMNS}) {numbers} SELECT {new_id}, {values} FROM n"  # noqa: S608
            if rows:
                cursor.execute(statement, [rows])
        cursor.execute("ANALYZE tasks_task")
