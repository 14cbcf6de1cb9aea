"""A Dramatiq message as a row, and a row as a message."""

import json
from typing import TYPE_CHECKING, Any, Final

from dramatiq import Broker, Message

from framework.logs import current_context
from framework.text import told

from .columns import UnstorableError, as_json, context_as_json
from .conf import LIMITS
from .exceptions import MessageTooLargeError, MessageUnserializableError, UnreadableRowError
from .limits import is_limited
from .unique import unique_key_of
from .validation import valid_attempts, valid_delay, valid_id, valid_priority, valid_queue, valid_text

if TYPE_CHECKING:
    from .handover import HandOver
    from .models import Task

DEFAULT_MAX_RETRIES: Final = 20
# What a row says in columns, and what belongs to one hand-over only.
_COLUMNS: Final = frozenset(
    {"generation", "context", "redis_message_id", "eta", "unique_key", "priority", "workflow_step"}
)
#: The option that tells a link of a chain its place.
STEP: Final = "workflow_step"
#: The option that names the task which this one is the same as.
SAME_AS: Final = "same_as"


def to_row(
    broker: Broker, message: Message[Any], delay: int | None, *, step: int = 0, most: int = LIMITS.message_bytes
) -> dict[str, Any]:
    """Return the columns of ``message``; ``delay`` is in milliseconds, ``step`` its place in a chain.

    ``most`` is how many bytes its arguments may take.

    Raises what :func:`framework.tasks.enqueue_many` raises.
    """
    actor = broker.actors.get(message.actor_name)
    declared = actor.options if actor else {}
    retries = message.options.get("max_retries", declared.get("max_retries", DEFAULT_MAX_RETRIES))
    options = {name: value for name, value in message.options.items() if name not in _COLUMNS}
    args = _encode(message, "args", message.args, most)
    kwargs = _encode(message, "kwargs", message.kwargs, most) if message.kwargs else "{}"
    return {
        "id": valid_id(message),
        "actor": valid_text(message, "actor_name", message.actor_name),
        "queue": valid_queue(message),
        "throttle": message.actor_name if is_limited(broker, message.actor_name) else "",
        "priority": valid_priority(message, message.options.get("priority", actor.priority if actor else 0)),
        "args": args,
        "kwargs": kwargs,
        "options": _encode(message, "options", options, most) if options else "{}",
        "context": context_as_json(current_context()),
        "unique_key": unique_key_of(message, actor),
        "workflow": workflow_of(message.options),
        "workflow_step": step,
        # A message that began without a row may have been tried before.
        "max_attempts": valid_attempts(message, retries, tried=options.get("retries", 0)),
        "available_at": None,
        "delay": valid_delay(message, delay),
    }


def to_message(task: "HandOver | Task") -> Message[Any]:
    """Return the message that hands ``task`` over, fenced by the row's generation; raises :class:`UnreadableRowError`.

    A row may have been written by hand, or by a program that is not this one.
    """
    for name, kind in (("args", list), ("kwargs", dict), ("options", dict), ("context", dict)):
        if not isinstance(value := getattr(task, name), kind):
            what = "object" if kind is dict else "list"
            raise UnreadableRowError(f"The row of the task has {name} that are no {what} but {told(value)[:100]!r}.")
    return Message(
        queue_name=task.queue,
        actor_name=task.actor,
        args=tuple(task.args),
        kwargs=dict(task.kwargs),
        options={**task.options, "generation": task.generation, "context": task.context, STEP: task.workflow_step},
        message_id=str(task.id),
        message_timestamp=int(task.created_at.timestamp() * 1000),
    )


def is_durable(broker: Broker, message: Message[Any]) -> bool:
    """Tell whether ``message`` is kept in a row: always, unless its actor says ``durable=False``.

    The children of a group have rows in any case, since these decide when it is complete.
    """
    if workflow_of(message.options):
        return True
    actor = broker.actors.get(message.actor_name)
    return bool(message.options.get("durable", actor.options.get("durable", True) if actor else True))


def workflow_of(options: Any) -> str | None:
    """Return the id of the group that waits for a message, or for the end of the chain it begins."""
    while options:
        if group := options.get("group_completion_uuid"):
            return str(group)
        options = (options.get("pipe_target") or {}).get("options")
    return None


def _encode(message: Message[Any], place: str, value: Any, most: int) -> str:
    try:
        text = as_json(value)
    except UnstorableError as error:
        raise MessageUnserializableError(f"{message.actor_name}: {place} {error}; send bytes as base64 text") from None
    except (TypeError, ValueError):
        raise MessageUnserializableError(f"{message.actor_name}: {_culprit(place, value)}") from None
    if len(text) > most:
        raise MessageTooLargeError(
            f"The {place} of {message.actor_name} take {len(text):,} bytes and a row holds {most:,};"
            " store the data and send its id"
        )
    return text


def _culprit(place: str, value: Any, outer: tuple[int, ...] = ()) -> str:
    """Find the innermost value that JSON refuses."""
    if id(value) in outer:
        return f"{place} holds itself, which JSON cannot; send an id or a string instead"
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, each in inner:
        if isinstance(value, dict) and not _is_json({key: None}):
            return f"{place} has the key {key!r}, which JSON cannot hold; use a string instead"
        if not _is_json(each):
            return _culprit(f"{place}[{key!r}]", each, (*outer, id(value)))
    return (
        f"{place} is a {type(value).__name__}, which JSON cannot hold; send an id or a string instead"
        if not isinstance(value, float)
        else f"{place} is {value}, which JSON cannot hold; send None or a string instead"
    )


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
