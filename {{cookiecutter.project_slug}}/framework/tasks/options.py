"""What a message, or else its actor, says about how it wants to be run."""

from collections.abc import Mapping
from typing import Any, Final

from dramatiq import Broker, MessageProxy

from .exceptions import OptionsError

#: What only a row can keep.
OF_ROWS: Final = ("atomic", "unique", "limit", "concurrency", "keep_dead")
#: What is sent, or counted, when a task ends.
FOLLOW_UPS: Final = ("pipe_target", "group_completion_uuid", "on_success", "on_failure", "on_retry_exhausted")


def option(broker: Broker, message: MessageProxy, name: str, default: Any = None) -> Any:
    """Return the message's option ``name``, or its actor's."""
    actor = broker.actors.get(message.actor_name)
    return message.options.get(name, actor.options.get(name, default) if actor else default)


def has_follow_ups(broker: Broker, message: MessageProxy) -> bool:
    """Tell whether something is sent or counted when the task ends."""
    return any(option(broker, message, name) for name in FOLLOW_UPS)


def require_row_for(actor: str, options: Mapping[str, Any]) -> None:
    """Raise :class:`OptionsError` when ``options`` want no row and something that only a row can keep."""
    if options.get("durable", True):
        return
    if wanted := [name for name in OF_ROWS if options.get(name)]:
        raise OptionsError(f"{actor} says durable=False and {wanted[0]}, which needs the row; leave one of them out")


def generation_of(message: MessageProxy) -> int | None:
    """Return the fencing token of a message that has a row; ``None`` for one that has not."""
    generation: int | None = message.options.get("generation")
    return generation
