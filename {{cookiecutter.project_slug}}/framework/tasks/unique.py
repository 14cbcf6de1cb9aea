"""``unique=True``: what counts as the same task."""

import hashlib
import json
from typing import Any

from dramatiq import Actor, Message

from .signatures import signature_of
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
    text = _as_taken(message, actor) or json.dumps([message.args, message.kwargs])
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{message.actor_name[:200]}:{digest}"


def _as_taken(message: Message[Any], actor: Actor[..., Any] | None) -> str | None:
    """Return the arguments by name, as the actor takes them; ``None`` where that cannot be told."""
    if actor is None:
        return None
    try:
        bound = signature_of(actor.fn).bind(*message.args, **message.kwargs)
        bound.apply_defaults()
        return json.dumps(bound.arguments, sort_keys=True)
    except (TypeError, ValueError):
        # Other arguments than it takes, keys that have no order, or a default that is no JSON.
        return None
