"""Delivery of durable events."""

from typing import Any

import dramatiq

from .events import decode
from .receivers import Mode, all_receivers, find_durable


@dramatiq.actor(actor_name="framework.signals.deliver", atomic=True)
def deliver(event: str, payload: dict[str, Any], receiver: str) -> None:
    """Run one durable receiver; its writes and the end of this task commit together.

    An event or a receiver that is not known any more fails the task, and ends among the dead ones,
    where it can be retried once the code is back.
    """
    find_durable(receiver).function(decode(event, payload))


def declare_queues() -> None:
    """Make the queues that durable receivers name known to the broker, so that workers consume them."""
    broker = dramatiq.get_broker()
    for receiver in all_receivers():
        if receiver.mode is Mode.DURABLE:
            broker.declare_queue(receiver.queue)
