"""``unique=True``: what counts as the same task."""

import hashlib
import inspect
import json
from functools import lru_cache
from typing import Any

from dramatiq import Actor, Message

from .validation import valid_text


def unique_key_of(message: Message[Any], actor: Actor[..., Any] | None) -> str | None:
    """Return the key that at most one open task has; ``None`` for a task that may be there more than once.

    However the arguments are passed, by place, by name, in another order or left to their defaults, they are the same.
    Raises :class:`OptionsError` for a key of the caller's own that no column holds.
    """
    if (given := message.options.get("unique_key")) is not None:
        return valid_text(message, "unique_key", given)
    if not message.options.get("unique", actor is not None and actor.options.get("unique", False)):
        return None
    passed = _as_taken(message, actor) or [message.args, message.kwargs]
    text = json.dumps(passed, sort_keys=True, separators=(",", ":"))
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{message.actor_name[:200]}:{digest}"


def _as_taken(message: Message[Any], actor: Actor[..., Any] | None) -> dict[str, Any] | None:
    """Return the arguments by name, as the actor takes them; ``None`` where that cannot be told."""
    if actor is None:
        return None
    try:
        bound = _signature(actor.fn).bind(*message.args, **message.kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    try:
        json.dumps(bound.arguments)
    except (TypeError, ValueError):
        # A default that is no JSON was not passed.
        return None
    return bound.arguments


@lru_cache(maxsize=1024)
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)
