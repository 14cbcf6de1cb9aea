"""``send()`` as a row: written in the caller's transaction, carried on after its commit."""

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

import dramatiq
from dramatiq import Broker, Message

from .conf import LIMITS
from .message import to_row

recorded: ContextVar[list[Message[Any]] | None] = ContextVar("recorded", default=None)
#: What :func:`framework.tasks.eager_tasks` does with what has just been written.
after_write: ContextVar[Callable[[], object] | None] = ContextVar("after_write", default=None)


def enqueue_many(messages: Iterable[Message[Any]]) -> list[Message[Any]]:
    """Write one row for each message, all in one INSERT, and return the messages.

    The rows belong to the caller's transaction: a rollback leaves nothing. A message whose unique key is
    taken is not written; the message of the task that has it is returned instead. Raises
    :class:`MessageUnserializableError`, :class:`MessageTooLargeError`, :class:`DelayTooLongError`,
    :class:`PriorityError`, :class:`QueueNameError`, :class:`DuplicateMessageError` or
    :class:`OtherDatabaseError`, and nothing is written then.
    """
    return write(dramatiq.get_broker(), [(message, None) for message in messages])


def write(
    broker: Broker,
    entries: "Sequence[tuple[Message[Any], int | None]]",
    *,
    step: int = 0,
    most: int = LIMITS.message_bytes,
) -> list[Message[Any]]:
    """Write ``entries``, pairs of a message and its delay in milliseconds, through the broker's hooks.

    ``step`` is their place in a chain, ``most`` how many bytes the arguments of each may take.
    """
    from .arrival import insert_or_join

    rows = [to_row(broker, message, delay, step=step, most=most) for message, delay in entries]
    for message, delay in entries:
        broker.emit_before("enqueue", message, delay)
    written, others = insert_or_join(rows)
    for message, delay in entries:
        broker.emit_after("enqueue", message, delay)
    if (messages := recorded.get()) is not None:
        messages.extend(message for message, _ in entries if message.message_id in written)
    if run := after_write.get():
        run()
    if len(written) == len(rows):
        return [message for message, _ in entries]
    return [message.copy(message_id=others.get(message.message_id, message.message_id)) for message, _ in entries]
