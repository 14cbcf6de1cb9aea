"""One transaction for the outcome of a task and everything that follows from it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

_local = threading.local()


def is_open() -> bool:
    """Tell whether this thread's task is inside such a transaction."""
    return getattr(_local, "block", None) is not None


def open_block() -> None:
    """Begin the transaction of this thread's task."""
    from .transitions import database

    block = transaction.atomic(using=database())
    block.__enter__()
    _local.block = block


def leave_block(*, error: BaseException | None = None) -> None:
    """Commit, or roll back because of ``error``; raises ``django.db.Error`` when the commit fails."""
    block, _local.block = getattr(_local, "block", None), None
    if block is not None:
        block.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


@contextmanager
def outcome_block() -> Iterator[None]:
    """Write an outcome in the transaction that ``atomic=True`` has opened, or in one of its own, and end that."""
    if not is_open():
        open_block()
    try:
        yield
    except BaseException as error:
        # A thread that stayed inside the transaction could write nothing any more.
        leave_block(error=error)
        raise
    leave_block()
