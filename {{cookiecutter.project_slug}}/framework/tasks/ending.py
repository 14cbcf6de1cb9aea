"""How a task ends: its outcome and all that follows from it, in one transaction.

A chain's next link, a callback and the end of a group are written if and only if the outcome is.
"""

from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from dramatiq import Broker, MessageProxy

from framework.logs import get_logger

from . import transitions
from .backoff import delay_before_retry
from .exceptions import FollowUpError, TaskCancelledError, TaskRefusedError, UnknownHereError
from .failure import error_entry, with_entry
from .follow_ups import send_next, tell_failure
from .models import Task
from .options import generation_of, has_follow_ups, option
from .outcome import is_open, leave_block, outcome_block
from .parking import park
from .pool import is_starved
from .results import storable
from .states import TaskState

#: How long a task waits that found no connection in the pool; that is not its failure.
STARVED: Final = timedelta(seconds=5)

logger = get_logger(__name__)


class StaleGenerationError(Exception):
    """The lease was lost while the task ran, so its writes must be rolled back."""


def must_be_together(broker: Broker, message: MessageProxy) -> bool:
    """Tell whether the outcome is written together with something else."""
    return is_open() or bool(option(broker, message, "atomic")) or has_follow_ups(broker, message)


def end(broker: Broker, message: MessageProxy, generation: int, result: Any) -> None:
    """running → done, or dead when what follows from ``result`` cannot be sent.

    Raises :class:`StaleGenerationError`.
    """
    try:
        _finish(broker, message, generation, result)
    except FollowUpError as error:
        # The work is done; running it again would not make its result one that can be sent on.
        fail(broker, message, generation, error)


def _finish(broker: Broker, message: MessageProxy, generation: int, result: Any) -> None:
    outcome = [(message.message_id, generation, storable(message, result))]
    if not must_be_together(broker, message):
        if not transitions.finish(outcome):
            tell_discarded()
        return
    with outcome_block():
        if not transitions.finish(outcome):
            raise StaleGenerationError
        send_next(broker, message, result)
        transitions.settle_workflow_of(message.message_id)


def tell_discarded() -> None:
    """Log that somebody else has the task by now."""
    logger.warning("task_result_discarded", reason="the lease was lost while the task ran")


def end_skipped(message: MessageProxy) -> None:
    """Write what became of a task that a middleware refused: it failed, as too old, or there was nothing to do."""
    generation = generation_of(message)
    if generation is None:
        return
    if message.failed:
        transitions.bury(message.message_id, generation, [error_entry(message._exception or _refusal())])
        return
    using = transitions.database()
    with transaction.atomic(using=using):
        if transitions.finish([(message.message_id, generation, None)]):
            transitions.settle_workflow_of(message.message_id)


def fail(broker: Broker, message: MessageProxy, generation: int, exception: BaseException | None) -> None:
    """running → pending, dead or cancelled; ``exception`` is ``None`` when a middleware refused the task.

    Raises :class:`StaleGenerationError`.
    """
    # With atomic=True the actor's writes go; what its failure sends is written with the outcome.
    leave_block(error=exception or RuntimeError("refused before it ran"))
    if isinstance(exception, UnknownHereError):
        park(broker, message, generation, exception.__cause__ or exception)
        return
    if is_starved(exception):
        transitions.put_back(message.message_id, generation, STARVED)
        logger.warning("task_without_connection", actor=message.actor_name, seconds=STARVED.total_seconds())
        return
    with outcome_block():
        if not _write_failure(broker, message, generation, exception):
            raise StaleGenerationError


def _write_failure(broker: Broker, message: MessageProxy, generation: int, exception: BaseException | None) -> bool:
    """running → pending, dead or cancelled; False when the lease was lost meanwhile."""
    task = Task.objects.using(transitions.database()).get(id=message.message_id)
    error = exception or _refusal()
    errors = with_entry(task.errors, error_entry(error))
    if isinstance(exception, TaskCancelledError):
        changed = transitions.bury(message.message_id, generation, errors, state=TaskState.CANCELLED)
        logger.info("task_cancelled", actor=task.actor)
        return changed
    delay = delay_before_retry(broker, message, task, exception)
    if delay is not None:
        changed = transitions.postpone(message.message_id, generation, delay, errors)
        logger.info("task_retry", actor=task.actor, attempts=task.attempts, seconds=delay.total_seconds())
    else:
        changed = transitions.bury(message.message_id, generation, errors)
        logger.error("task_dead", actor=task.actor, attempts=task.attempts)
    if changed:
        tell_failure(broker, message, task, error, used_up=delay is None)
    return changed


def _refusal() -> TaskRefusedError:
    return TaskRefusedError("A middleware refused the task before it ran.")
