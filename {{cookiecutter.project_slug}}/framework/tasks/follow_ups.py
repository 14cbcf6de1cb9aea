"""What follows from a task: the next link of its chain, and its callbacks.

Whoever writes an outcome sends them in the same transaction: the worker that ran the task, or the one that finds it
where a worker died.
"""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from dramatiq import Broker, Message, MessageProxy
from dramatiq.common import current_millis

from framework.errors import TaskError
from framework.logs import get_logger
from framework.text import plain, told

from . import transitions
from .conf import LIMITS
from .exceptions import FollowUpError
from .failure import MOST_OF_A_MESSAGE
from .message import SAME_AS, STEP, is_durable
from .options import has_follow_ups, option
from .outbox import write

if TYPE_CHECKING:
    from .models import Task

logger = get_logger(__name__)


def send_next(broker: Broker, message: MessageProxy, result: Any) -> None:
    """Send what follows from ``result``: the next link, ``on_success``.

    Raises :class:`FollowUpError` when that cannot be written: a result that is no JSON, or too large.
    """
    _send_link(broker, message, result)
    if name := _callback(broker, message, "on_success"):
        _send(broker, message, name, message.asdict(), result)


def tell_failure(
    broker: Broker, message: MessageProxy, task: "Task", exception: BaseException, *, used_up: bool
) -> None:
    """Send ``on_failure``, which is called for each attempt that failed, and ``on_retry_exhausted`` after the last.

    Call it in the transaction of the outcome. A callback that cannot be sent is logged, and changes no outcome.
    """
    if not has_follow_ups(broker, message):
        return
    using = transitions.database()
    try:
        with transaction.atomic(using=using):
            if name := _callback(broker, message, "on_failure"):
                told_of = {"type": type(exception).__name__, "message": plain(told(exception), MOST_OF_A_MESSAGE)}
                _send(broker, message, name, _as_tried(message, task), told_of)
            if used_up and (name := _callback(broker, message, "on_retry_exhausted")):
                most = None if task.max_attempts is None else task.max_attempts - 1
                counts = {"retries": max(0, task.attempts - 1), "max_retries": most}
                _send(broker, message, name, _as_tried(message, task), counts)
    except FollowUpError as error:
        logger.error("task_callback_refused", task_id=message.message_id, actor=message.actor_name, error=str(error))


def _callback(broker: Broker, message: MessageProxy, name: str) -> str | None:
    # Those of the actor are called by the task that this one is the same as.
    found: str | None = message.options.get(name) if SAME_AS in message.options else option(broker, message, name)
    return found


def _as_tried(message: MessageProxy, task: "Task") -> dict[str, Any]:
    """Return ``message`` as Dramatiq's callbacks see it after a failed attempt."""
    tried = message.options.get("retries", 0) + task.attempts
    options = {**message.options, "retries": tried, "requeue_timestamp": current_millis()}
    return {**message.asdict(), "options": options}


def _send_link(broker: Broker, message: MessageProxy, result: Any) -> None:
    target = message.options.get("pipe_target")
    if target is None:
        return
    following: Message[Any] = Message(**target)
    actor = broker.actors.get(message.actor_name)
    # As in Dramatiq: what the message of this link says is about the one before it.
    if not (following.options.get("pipe_ignore") or (actor and actor.options.get("pipe_ignore"))):
        following = following.copy(args=(*following.args, result))
    delay = following.options.get("delay")
    try:
        if is_durable(broker, following):
            write(broker, [(following, delay)], step=message.options.get(STEP, 0) + 1)
        else:
            broker.enqueue(following, delay=delay)
    except TaskError as error:
        raise FollowUpError(f"{message.actor_name} ran, and its chain ends here: {error}") from error


def _send(broker: Broker, message: MessageProxy, name: str, *args: Any) -> None:
    actor = broker.actors.get(name)
    # An actor of another release waits for a worker that knows it, wherever it is found.
    callback: Message[Any] = (
        actor.message(*args)
        if actor
        else Message(queue_name=message.queue_name, actor_name=name, args=args, kwargs={}, options={})
    )
    try:
        if is_durable(broker, callback):
            # It carries a whole message, and what became of it.
            write(broker, [(callback, None)], most=LIMITS.callback_bytes)
        else:
            broker.enqueue(callback)
    except TaskError as error:
        raise FollowUpError(f"{message.actor_name} ran, and its callback cannot be sent: {error}") from error
