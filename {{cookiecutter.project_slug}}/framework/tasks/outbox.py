"""``send()`` as a row: written in the caller's transaction, carried on after its commit."""

import json
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import dramatiq
from dramatiq import Broker, Message

from framework.logs import current_context

from .conf import LIMITS
from .exceptions import MessageTooLargeError, MessageUnserializableError

if TYPE_CHECKING:
    from .models import Task

DEFAULT_MAX_RETRIES: Final = 20
# What a row says in columns, and a message in options that the row must not repeat.
_COLUMNS: Final = frozenset({"generation", "context", "redis_message_id", "eta"})

recorded: ContextVar[list[Message[Any]] | None] = ContextVar("recorded", default=None)


def enqueue_many(messages: Iterable[Message[Any]]) -> "list[Task]":
    """Write one row for each message, all in one INSERT, and return the rows.

    The rows belong to the caller's transaction: a rollback leaves nothing. Raises
    :class:`MessageUnserializableError` or :class:`MessageTooLargeError` before anything is written.
    """
    return write(dramatiq.get_broker(), [(message, None) for message in messages])


def write(broker: Broker, entries: "Sequence[tuple[Message[Any], int | None]]") -> "list[Task]":
    """Write ``entries``, pairs of a message and its delay in milliseconds, through the broker's hooks."""
    from .transitions import insert

    rows = [_row(broker, message, delay) for message, delay in entries]
    for message, delay in entries:
        broker.emit_before("enqueue", message, delay)
    written = insert(rows)
    for message, delay in entries:
        broker.emit_after("enqueue", message, delay)
    if (messages := recorded.get()) is not None:
        messages.extend(message for message, _ in entries)
    return written


def to_message(task: "Task") -> Message[Any]:
    """Return the message that hands ``task`` over, fenced by the row's generation."""
    return Message(
        queue_name=task.queue,
        actor_name=task.actor,
        args=tuple(task.args),
        kwargs=task.kwargs,
        options={**task.options, "generation": task.generation, "context": task.context},
        message_id=str(task.id),
        message_timestamp=int(task.created_at.timestamp() * 1000),
    )


def is_durable(broker: Broker, message: Message[Any]) -> bool:
    """Tell whether ``message`` is kept in a row: always, unless its actor says ``durable=False``."""
    actor = broker.actors.get(message.actor_name)
    return bool(message.options.get("durable", actor.options.get("durable", True) if actor else True))


def _row(broker: Broker, message: Message[Any], delay: int | None) -> "Task":
    from .clock import now
    from .models import Task
    from .transitions import database

    _check(message)
    actor = broker.actors.get(message.actor_name)
    declared = actor.options if actor else {}
    retries = message.options.get("max_retries", declared.get("max_retries", DEFAULT_MAX_RETRIES))
    present = now(database())
    return Task(
        id=message.message_id,
        actor=message.actor_name,
        queue=message.queue_name,
        priority=actor.priority if actor else 0,
        args=list(message.args),
        kwargs=message.kwargs,
        options={name: value for name, value in message.options.items() if name not in _COLUMNS},
        context=current_context(),
        created_at=present,
        available_at=present + timedelta(milliseconds=delay) if delay else present,
        max_attempts=None if retries is None else retries + 1,
    )


def _check(message: Message[Any]) -> None:
    size = 0
    values = [*enumerate(message.args), *message.kwargs.items(), *message.options.items()]
    for name, value in values:
        try:
            size += len(json.dumps(value))
        except (TypeError, ValueError) as error:
            raise MessageUnserializableError(
                f"Argument {name!r} of {message.actor_name} is a {type(value).__name__}, which JSON cannot hold;"
                " send an id or a string instead"
            ) from error
    if size > LIMITS.message_bytes:
        raise MessageTooLargeError(
            f"The arguments of {message.actor_name} take {size:,} bytes and a row holds {LIMITS.message_bytes:,};"
            " store the data and send its id"
        )
