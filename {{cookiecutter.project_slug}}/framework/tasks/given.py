"""Values for many rows in one statement, each row found by its id.

PostgreSQL takes a column of them as an array, so that the text of a statement is the same for any number of rows and
its plan is kept; and it looks the rows up by their ids, where a join with a list may read the whole table instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from .dialect import Dialect

_PLACE: Final = "array_position(given.id, tasks_task.id)"


class Given(NamedTuple):
    """The fragments of an ``UPDATE tasks_task ... FROM given``; ``parameters`` are those of ``head``."""

    head: str
    is_among: str
    values: Mapping[str, str]
    parameters: list[Any]


def given(dialect: Dialect, types: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> Given:
    """Return how to write values of ``types``, PostgreSQL's by name, the first of them the id, which is in one row."""
    if dialect.is_postgresql:
        arrays = ", ".join(f"%s::{kind}[] AS {name}" for name, kind in types.items())
        return Given(
            head=f"WITH given AS (SELECT {arrays})",
            is_among="tasks_task.id = ANY (ARRAY(SELECT unnest(given.id) FROM given))",
            values={name: f"given.{name}[{_PLACE}]" for name in types},
            parameters=[list(column) for column in zip(*rows, strict=True)],
        )
    marks = f"({', '.join(['%s'] * len(types))})"
    return Given(
        head=f"WITH given ({', '.join(types)}) AS (VALUES {', '.join([marks] * len(rows))})",
        is_among="tasks_task.id = given.id",
        values={name: f"given.{name}" for name in types},
        parameters=[value for row in rows for value in row],
    )
