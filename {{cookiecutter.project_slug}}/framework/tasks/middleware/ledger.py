"""The life of a row while its task runs."""

import json
import threading
import traceback
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Final

from django.db import Error, transaction
from dramatiq import Actor, Broker, MessageProxy, Retry
from dramatiq.common import compute_backoff
from dramatiq.errors import ActorNotFound
from dramatiq.middleware import Middleware, SkipMessage

from framework.logs import get_logger
from framework.tasks.exceptions import LedgerUnavailableError
from framework.tasks.running import worker_name

MIN_BACKOFF: Final = 15_000
MAX_BACKOFF: Final = 7 * 24 * 60 * 60 * 1000
TRACEBACK_FRAMES: Final = 30

logger = get_logger(__name__)


class Ledger(Middleware):
    """Counts the attempt before the task runs, writes the outcome after it, both fenced by the generation.

    With the actor option ``atomic=True`` the actor's own database writes and the outcome commit together,
    so that its effects in the database happen exactly once.
    """

    def __init__(self) -> None:
        self._local = threading.local()

    @property
    def actor_options(self) -> set[str]:
        """The options actors may set: ``durable`` and ``atomic``."""
        return {"durable", "atomic"}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """sent → running, or skip: a doubled, cancelled or outdated hand-over."""
        from framework.tasks import transitions

        self._local.block = None
        if (generation := generation_of(message)) is None:
            return
        try:
            started = transitions.start(message.message_id, generation, worker_name())
        except Error as error:
            # Neither run nor counted as done: the lease ends and the row is sent again.
            raise LedgerUnavailableError(f"The row of task {message.message_id} cannot be started") from error
        if not started:
            raise SkipMessage(f"Task {message.message_id} was handed over again, finished or cancelled meanwhile")
        if _option(broker, message, "atomic", default=False):
            self._local.block = transaction.atomic(using=transitions.database())
            self._local.block.__enter__()

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """running → done, pending or dead."""
        from framework.tasks import transitions

        generation = generation_of(message)
        if generation is None or isinstance(exception, LedgerUnavailableError):
            return
        if exception is None and not message.failed:
            try:
                kept = transitions.finish(message.message_id, generation, _storable(message, result))
                self._leave_block(None if kept else StaleGenerationError())
            except StaleGenerationError:
                kept = False
            if not kept:
                logger.warning("task_result_discarded", reason="the lease was lost while the task ran")
            return
        self._leave_block(exception or RuntimeError("refused before it ran"))
        self._fail(broker, message, generation, exception)

    def after_nack(self, broker: Broker, message: MessageProxy) -> None:
        """sent → dead: parked where an operator sees it, for an actor this worker does not know."""
        from framework.tasks import transitions

        error = message._exception
        generation = generation_of(message)
        if generation is not None and isinstance(error, ActorNotFound):
            transitions.bury(message.message_id, generation, [_entry(error)])

    def _leave_block(self, error: BaseException | None) -> None:
        block: AbstractContextManager[Any] | None = self._local.block
        self._local.block = None
        if block is None:
            return
        block.__exit__(type(error) if error else None, error, None)
        if isinstance(error, StaleGenerationError):
            raise error

    def _fail(self, broker: Broker, message: MessageProxy, generation: int, exception: BaseException | None) -> None:
        from framework.tasks import transitions
        from framework.tasks.models import Task

        task = Task.objects.using(transitions.database()).get(id=message.message_id)
        errors = [*task.errors, _entry(exception)]
        delay = None if message.failed or exception is None else _delay(broker, message, task, exception)
        if delay is None:
            transitions.bury(message.message_id, generation, errors)
            logger.error("task_dead", actor=task.actor, attempts=task.attempts)
        else:
            transitions.postpone(message.message_id, generation, delay, errors)
            logger.info("task_retry", actor=task.actor, attempts=task.attempts, seconds=delay.total_seconds())


class StaleGenerationError(Exception):
    """The lease was lost while the task ran, so its writes must be rolled back."""


def generation_of(message: MessageProxy) -> int | None:
    """Return the fencing token of a message that has a row; ``None`` for one that has not."""
    generation: int | None = message.options.get("generation")
    return generation


def _option(broker: Broker, message: MessageProxy, name: str, *, default: Any) -> Any:
    actor: Actor[..., Any] | None = broker.actors.get(message.actor_name)
    return message.options.get(name, actor.options.get(name, default) if actor else default)


def _delay(broker: Broker, message: MessageProxy, task: Any, exception: BaseException) -> timedelta | None:
    """Return how long to wait before the next attempt; ``None`` when there must be none."""
    throws = _option(broker, message, "throws", default=None)
    if throws and isinstance(exception, throws):
        return None
    retry_when = _option(broker, message, "retry_when", default=None)
    if retry_when is not None:
        if not retry_when(task.attempts - 1, exception):
            return None
    elif task.max_attempts is not None and task.attempts >= task.max_attempts:
        return None
    if isinstance(exception, Retry) and exception.delay is not None:
        return timedelta(milliseconds=exception.delay)
    _, milliseconds = compute_backoff(
        task.attempts - 1,
        factor=_option(broker, message, "min_backoff", default=MIN_BACKOFF),
        max_backoff=_option(broker, message, "max_backoff", default=MAX_BACKOFF),
    )
    return timedelta(milliseconds=milliseconds)


def _storable(message: MessageProxy, result: Any) -> Any:
    try:
        json.dumps(result)
    except (TypeError, ValueError):
        # The work is done; running it again would not make its result fit.
        logger.warning("task_result_not_kept", actor=message.actor_name, type=type(result).__qualname__)
        return None
    return result


def _entry(exception: BaseException | None) -> dict[str, str]:
    if exception is None:
        return {"type": "Refused", "message": "A middleware refused the task before it ran.", "traceback": ""}
    return {
        "type": f"{type(exception).__module__}.{type(exception).__qualname__}",
        "message": str(exception),
        "traceback": "".join(traceback.format_exception(exception, limit=TRACEBACK_FRAMES)),
    }
