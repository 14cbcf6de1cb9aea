"""One transaction for the outcome of a task and everything that follows from it."""

import threading
from typing import Any, Final

from django.db import transaction
from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware

from framework.tasks.options import generation_of, option

FOLLOW_UPS: Final = ("pipe_target", "group_completion_uuid", "on_success", "on_failure", "on_retry_exhausted")

_local = threading.local()


class Outcome(Middleware):
    """Opens the transaction before any other middleware sees how a task ended; the ledger, the last, commits it.

    So the next link of a chain, a callback and the end of a group are written if and only if the outcome is.
    A task that nothing follows from needs none.
    """

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Open the transaction, unless ``atomic=True`` has done so before the task."""
        if generation_of(message) is None or is_open():
            return
        if has_follow_ups(broker, message):
            open_block()


def has_follow_ups(broker: Broker, message: MessageProxy) -> bool:
    """Tell whether something is sent or counted when the task ends."""
    return any(option(broker, message, name) for name in FOLLOW_UPS)


def is_open() -> bool:
    """Tell whether this thread's task is inside such a transaction."""
    return getattr(_local, "block", None) is not None


def open_block() -> None:
    """Begin the transaction of this thread's task."""
    from framework.tasks.transitions import database

    block = transaction.atomic(using=database())
    block.__enter__()
    _local.block = block


def leave_block(*, error: BaseException | None = None) -> None:
    """Commit, or roll back because of ``error``; raises ``django.db.Error`` when the commit fails."""
    block, _local.block = getattr(_local, "block", None), None
    if block is not None:
        block.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
