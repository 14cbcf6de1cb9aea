"""What a message, or else its actor, says about how it wants to be run."""

from typing import Any

from dramatiq import Broker, MessageProxy


def option(broker: Broker, message: MessageProxy, name: str, default: Any = None) -> Any:
    """Return the message's option ``name``, or its actor's."""
    actor = broker.actors.get(message.actor_name)
    return message.options.get(name, actor.options.get(name, default) if actor else default)


def generation_of(message: MessageProxy) -> int | None:
    """Return the fencing token of a message that has a row; ``None`` for one that has not."""
    generation: int | None = message.options.get("generation")
    return generation
