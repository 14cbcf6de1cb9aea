"""What a message says about itself, as its columns hold it; what none holds is refused by name."""

import re
from datetime import timedelta
from typing import Any, Final

from dramatiq import Message

from framework.text import plain, told

from .conf import LIMITS
from .exceptions import DelayTooLongError, OptionsError, PriorityError, QueueNameError

#: Of a column of two bytes.
_PRIORITIES: Final = range(-(2**15), 2**15)
#: Of a column of four bytes that takes nothing below zero.
_ATTEMPTS: Final = range(1, 2**31)
#: Characters of an actor's name and of a key.
_TEXT: Final = 255
_QUEUE_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9._-]*(?<!\.DQ)(?<!\.XQ)")
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def valid_id(message: Message[Any]) -> str:
    """Return its id; raises :class:`OptionsError` unless it is a UUID as Dramatiq writes it."""
    given: object = message.message_id
    if isinstance(given, str) and _ID.fullmatch(given):
        return given
    raise _refused(message, "message_id", given, "a UUID, as str(uuid.uuid4()) gives it")


def valid_text(message: Message[Any], name: str, given: object) -> str:
    """Return ``given``; raises :class:`OptionsError` unless it is a text of up to 255 characters."""
    if isinstance(given, str) and 0 < len(given) <= _TEXT and given == plain(given, _TEXT):
        return given
    raise _refused(message, name, given, f"a text of 1 to {_TEXT} characters without NUL or half of a surrogate pair")


def valid_queue(message: Message[Any]) -> str:
    """Return the name of its queue; raises :class:`QueueNameError`."""
    name = message.queue_name
    if len(name) <= LIMITS.queue_name_characters and _QUEUE_NAME.fullmatch(name):
        return name
    raise QueueNameError(
        f"{name!r} cannot be the queue of {message.actor_name}: up to {LIMITS.queue_name_characters} letters,"
        " digits, dots, dashes and underscores, beginning with a letter or underscore, not ending in .DQ or .XQ"
    )


def valid_priority(message: Message[Any], given: object) -> int:
    """Return ``given``; raises :class:`PriorityError`."""
    if isinstance(given, int) and given in _PRIORITIES:
        return int(given)
    raise PriorityError(
        f"priority={told(given)[:40]} of {message.actor_name} is no whole number from {_PRIORITIES[0]} to"
        f" {_PRIORITIES[-1]}, of which the lower runs first"
    )


def valid_attempts(message: Message[Any], retries: object, *, tried: object = 0) -> int | None:
    """Return how often it may be tried after it was retried ``tried`` times; ``None`` for ever.

    Raises :class:`OptionsError` unless ``retries`` is a whole number that a column holds, or ``None``.
    """
    if retries is None:
        return None
    if isinstance(retries, int) and isinstance(tried, int) and (attempts := max(1, retries + 1 - tried)) in _ATTEMPTS:
        return attempts
    raise _refused(message, "max_retries", retries, f"a whole number up to {_ATTEMPTS[-1] - 1:,}, or None")


def valid_delay(message: Message[Any], milliseconds: int | None) -> timedelta:
    """Return how long it waits; raises :class:`DelayTooLongError`."""
    try:
        delay = timedelta(milliseconds=max(0, milliseconds or 0))
    except OverflowError:
        delay = timedelta.max
    if delay > LIMITS.delay:
        raise DelayTooLongError(
            f"{message.actor_name} cannot wait {delay.days:,} days; the limit is {LIMITS.delay.days:,} days"
        )
    return delay


def _refused(message: Message[Any], name: str, given: object, wanted: str) -> OptionsError:
    shown = plain(told(given), 40)
    return OptionsError(f"{name}={shown!r} of {plain(told(message.actor_name), 100)} is not {wanted}")
