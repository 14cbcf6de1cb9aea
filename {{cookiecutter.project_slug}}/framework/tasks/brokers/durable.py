"""What every broker of ours shares: ``enqueue`` writes a row, ``publish`` carries it."""

from typing import Any, ClassVar

from django.db import transaction
from dramatiq import Broker, Message

from framework.tasks.outbox import is_durable, write


class DurableBroker(Broker):
    """A Dramatiq broker whose messages are rows first.

    Mixed in before a transport. Delays live in the row, so the transport's delay queues are not
    consumed; ``publish`` hands one message to the transport.
    """

    #: Whether a relay must carry the rows; workers of the embedded broker claim them themselves.
    needs_relay: ClassVar[bool] = True

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Write ``message`` as a row in the caller's transaction; ``delay`` is in milliseconds."""
        if is_durable(self, message):
            write(self, [(message, delay)])
        else:
            from framework.tasks.transitions import database

            transaction.on_commit(lambda: self.publish(message, delay=delay), using=database(), robust=True)
        return message

    def publish(self, message: Message[Any], *, delay: int | None = None) -> None:
        """Hand ``message`` to the transport; raises the transport's own connection errors."""
        super().enqueue(message, delay=delay)

    def ping(self) -> None:
        """Ask the transport whether it is there; raises what its client raises."""
        raise NotImplementedError
