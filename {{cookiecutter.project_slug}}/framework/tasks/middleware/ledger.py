"""The life of a row while its task runs."""

import threading
from datetime import timedelta
from typing import Any, Final

from django.db import Error, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from dramatiq import Broker, Message, MessageProxy
from dramatiq.errors import ActorNotFound
from dramatiq.middleware import Middleware, SkipMessage

from framework.logs import get_logger
from framework.tasks.backoff import delay_before_retry
from framework.tasks.coroutines import adopt
from framework.tasks.exceptions import (
    LedgerUnavailableError,
    TaskCancelledError,
    TaskRefusedError,
    UnknownHereError,
)
from framework.tasks.failure import error_entry, with_entry
from framework.tasks.journal import current_journal
from framework.tasks.leases import leases
from framework.tasks.options import generation_of, option, require_row_for
from framework.tasks.pool import is_starved
from framework.tasks.results import storable
from framework.tasks.running import worker_name
from framework.tasks.signatures import signature_of
from framework.tasks.states import TaskState

from .outcome import has_follow_ups, is_open, leave_block, open_block

#: How long a task waits for a worker that knows it, before the next one looks.
PARKED: Final = timedelta(seconds=30)
#: How long a task waits that found no connection in the pool; that is not its failure.
STARVED: Final = timedelta(seconds=5)
#: In the error of a parked task: when a worker did not know it for the first time.
SINCE: Final = "since"

logger = get_logger(__name__)


class Ledger(Middleware):
    """Counts the attempt before the task runs, writes the outcome after it, both fenced by the generation.

    With the actor option ``atomic=True`` the actor's own database writes and the outcome commit together,
    so that its effects in the database happen exactly once.
    """

    def __init__(self) -> None:
        # The thread that runs each task: a second delivery must not touch what the first one holds.
        self._threads: dict[str, int] = {}

    @property
    def actor_options(self) -> set[str]:
        """The options actors may set."""
        return {"durable", "atomic", "unique", "run_when", "keep_dead"}

    def before_declare_actor(self, broker: Broker, actor: Any) -> None:
        """Refuse what does not go together; let a coroutine's database calls belong to its transaction."""
        require_row_for(actor.actor_name, actor.options)
        adopt(actor, in_transaction=is_open)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """sent → running, or skip: a doubled, cancelled or outdated hand-over."""
        if (generation := generation_of(message)) is None:
            return
        if problem := _misfit(broker, message):
            park(message, generation, error_entry(TypeError(problem)))
            raise SkipMessage(problem)
        try:
            started = _start(message.message_id, generation)
        except Error as error:
            # Neither run nor counted as done: the lease ends and the row is sent again.
            leases().drop([message.message_id])
            raise LedgerUnavailableError(f"The row of task {message.message_id} cannot be started") from error
        if not started:
            raise SkipMessage(f"Task {message.message_id} was handed over again, finished or cancelled meanwhile")
        self._threads[message.message_id] = threading.get_ident()
        leases().hold([message.message_id])
        if option(broker, message, "atomic"):
            open_block()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """running → dead or done when a middleware refused a task that had begun; else the row stays as it is."""
        leave_block()
        thread = self._threads.get(message.message_id)
        if thread is not None and thread != threading.get_ident():
            return
        try:
            if self._threads.pop(message.message_id, None) is not None:
                _skip(message)
        finally:
            leases().drop([message.message_id])

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """running → done, pending, dead or cancelled."""
        generation = generation_of(message)
        if generation is None or isinstance(exception, LedgerUnavailableError):
            return
        self._threads.pop(message.message_id, None)
        journal = current_journal()
        succeeded = exception is None and not message.failed
        if succeeded and journal is not None and not (is_open() or _needs_block(broker, message)):
            journal.finish(message.message_id, generation, storable(message, result))
            return
        try:
            if succeeded:
                _finish(broker, message, generation, result)
            else:
                _fail(broker, message, generation, exception)
        except BaseException as error:
            # A thread that stayed inside the transaction could write nothing any more.
            leave_block(error=error)
            raise
        finally:
            leases().drop([message.message_id])

    def after_nack(self, broker: Broker, message: MessageProxy) -> None:
        """sent → pending: an actor this worker does not know waits for one that does."""
        error = message._exception
        generation = generation_of(message)
        if generation is not None and isinstance(error, ActorNotFound):
            park(message, generation, error_entry(error))
        leases().drop([message.message_id])


class StaleGenerationError(Exception):
    """The lease was lost while the task ran, so its writes must be rolled back."""


def park(message: MessageProxy, generation: int, entry: dict[str, str]) -> None:
    """Put a task back that this worker's code cannot run; bury it when none could since a day ago."""
    from framework.tasks import transitions
    from framework.tasks.conf import LIMITS
    from framework.tasks.models import Task

    task = Task.objects.using(transitions.database()).filter(id=message.message_id).only("errors").first()
    errors = with_entry(task.errors if task else [], entry)
    present = timezone.now()
    since = present
    # What stands last because of an earlier look makes room for this one.
    if len(errors) > 1 and isinstance(errors[-2], dict) and (first := parse_datetime(str(errors[-2].get(SINCE, "")))):
        since = first
        del errors[-2]
    entry[SINCE] = since.isoformat()
    if present - since > LIMITS.unknown_actor:
        transitions.bury(message.message_id, generation, errors)
        logger.error("task_dead", actor=message.actor_name, reason=entry["message"])
        return
    transitions.put_back(message.message_id, generation, PARKED, errors=errors)
    logger.warning("task_parked", actor=message.actor_name, reason=entry["message"], seconds=PARKED.total_seconds())


def _needs_block(broker: Broker, message: MessageProxy) -> bool:
    """Tell whether the outcome must be written with something else; the database may have refused a transaction."""
    return bool(option(broker, message, "atomic")) or has_follow_ups(broker, message)


def _start(task_id: str, generation: int) -> bool:
    from framework.tasks import transitions

    if (journal := current_journal()) is not None:
        return journal.start(task_id, generation)
    return task_id in transitions.start([(task_id, generation)], worker_name())


def _finish(broker: Broker, message: MessageProxy, generation: int, result: Any) -> None:
    from framework.tasks import transitions

    if _needs_block(broker, message) and not is_open():
        raise LedgerUnavailableError(f"No transaction for the outcome of task {message.message_id}")
    kept = bool(transitions.finish([(message.message_id, generation, storable(message, result))]))
    if kept and is_open():
        transitions.settle_workflow_of(message.message_id)
    leave_block(error=None if kept else StaleGenerationError())
    if not kept:
        logger.warning("task_result_discarded", reason="the lease was lost while the task ran")


def _skip(message: MessageProxy) -> None:
    """Write what became of a task that a middleware refused: it failed, as too old, or there was nothing to do."""
    from framework.tasks import transitions

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


def _fail(broker: Broker, message: MessageProxy, generation: int, exception: BaseException | None) -> None:
    from framework.tasks import transitions
    from framework.tasks.models import Task

    if option(broker, message, "atomic"):
        # The actor's writes go; what its failure sends is written with the outcome.
        leave_block(error=exception or RuntimeError("refused before it ran"))
    if isinstance(exception, UnknownHereError):
        leave_block(error=exception)
        park(message, generation, error_entry(exception.__cause__ or exception))
        return
    if is_starved(exception):
        leave_block(error=exception)
        transitions.put_back(message.message_id, generation, STARVED)
        logger.warning("task_without_connection", actor=message.actor_name, seconds=STARVED.total_seconds())
        return
    task = Task.objects.using(transitions.database()).get(id=message.message_id)
    errors = with_entry(task.errors, error_entry(exception or _refusal()))
    if isinstance(exception, TaskCancelledError):
        changed = transitions.bury(message.message_id, generation, errors, state=TaskState.CANCELLED)
        logger.info("task_cancelled", actor=task.actor)
    elif (delay := delay_before_retry(broker, message, task, exception)) is not None:
        changed = transitions.postpone(message.message_id, generation, delay, errors)
        logger.info("task_retry", actor=task.actor, attempts=task.attempts, seconds=delay.total_seconds())
    else:
        changed = transitions.bury(message.message_id, generation, errors)
        if changed:
            _send_exhausted(broker, message, task)
        logger.error("task_dead", actor=task.actor, attempts=task.attempts)
    leave_block(error=None if changed else StaleGenerationError())


def _send_exhausted(broker: Broker, message: MessageProxy, task: Any) -> None:
    if name := option(broker, message, "on_retry_exhausted"):
        counts = {
            "retries": task.attempts - 1,
            "max_retries": None if task.max_attempts is None else task.max_attempts - 1,
        }
        plain: Message[Any] = message._message
        broker.get_actor(name).send(plain.asdict(), counts)


def _refusal() -> TaskRefusedError:
    return TaskRefusedError("A middleware refused the task before it ran.")


def _misfit(broker: Broker, message: MessageProxy) -> str | None:
    """Say why the actor of this code cannot take the arguments of a message written by older code."""
    actor = broker.actors.get(message.actor_name)
    if actor is None:
        return None
    try:
        signature_of(actor.fn).bind(*message.args, **message.kwargs)
    except TypeError as error:
        return f"{message.actor_name}{signature_of(actor.fn)} does not take the arguments of this message: {error}"
    return None
