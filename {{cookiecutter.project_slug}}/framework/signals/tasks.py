"""Delivery of durable events."""

from typing import Any

import dramatiq
from asgiref.sync import async_to_sync

from framework.tasks import UnknownHereError

from .events import find_event
from .exceptions import StoredEventError, UnknownEventError, UnknownReceiverError
from .payload import decode
from .receivers import Mode, all_receivers, find_durable


@dramatiq.actor(
    actor_name="framework.signals.deliver",
    atomic=True,
    # Nobody may have looked, and nothing else remembers the event.
    keep_dead=True,
)
def deliver(event: str, payload: dict[str, Any], receiver: str, version: int = 1) -> None:
    """Run one durable receiver; its writes and the end of this task commit together.

    What this code does not know, another release may: that waits for a worker of it, and is dead after a day.
    An async receiver's database calls run in this thread too, so they belong to the same transaction.
    """
    try:
        found = find_durable(find_event(event).declared, receiver)
        emitted = decode(event, version, payload)
    except (UnknownEventError, UnknownReceiverError, StoredEventError) as error:
        raise UnknownHereError(str(error)) from error
    if found.is_async:
        async_to_sync(found.function)(emitted)
    else:
        found.function(emitted)


def declare_queues() -> None:
    """Make the queues that durable receivers name known to the broker, so that workers consume them."""
    broker = dramatiq.get_broker()
    for receiver in all_receivers():
        if receiver.mode is Mode.DURABLE:
            broker.declare_queue(receiver.queue)
