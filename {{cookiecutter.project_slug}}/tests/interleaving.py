"""What others do between two statements of ours, where a database lets them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def just_after(fragment: str, action: Callable[[], object]) -> Iterator[None]:
    """Let ``action`` happen once, right after the first statement that has ``fragment`` in it.

    It must: the block fails otherwise.
    """
    left = [action]

    def execute_then_act(execute: Callable[..., Any], sql: str, params: Sequence[Any], many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if left and fragment in sql:
            # On a cursor of its own: this one's rows have not been fetched.
            left.pop()()
        return result

    with connection.execute_wrapper(execute_then_act):
        yield
    assert not left, f"no statement had {fragment!r} in it"
