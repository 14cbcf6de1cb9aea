"""What every broker of ours shares: ``enqueue`` writes a row, ``publish`` carries it."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.db import transaction
from dramatiq import Consumer, Message, MessageProxy, Middleware
from dramatiq.errors import BrokerConnectionError

from framework.logs import get_logger
from framework.tasks.leases import leases
from framework.tasks.message import is_durable
from framework.tasks.options import generation_of, require_row_for
from framework.tasks.outbox import write

from .hooks import WrittenHooks

logger = get_logger(__name__)


class DurableBroker(WrittenHooks):
    """A Dramatiq broker whose messages are rows first.

    Mixed in before a transport. What has to wait always waits in a row, even for an actor with
    ``durable=False``: far-future messages in a transport's delay queue starve near ones.
    """

    #: Whether a relay must carry the rows; workers of the embedded broker claim them themselves.
    needs_relay: ClassVar[bool] = True
    #: What the transport's client raises when it cannot be reached just now.
    outages: ClassVar[tuple[type[Exception], ...]] = (BrokerConnectionError, OSError)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Write ``message`` as a row in the caller's transaction; ``delay`` is in milliseconds.

        Raises :class:`OptionsError` where no row is wanted and something that only a row can keep.
        """
        if delay or is_durable(self, message):
            return write(self, [(message, delay)])[0]
        actor = self.actors.get(message.actor_name)
        require_row_for(message.actor_name, {**(actor.options if actor else {}), **message.options})
        from framework.tasks.databases import require_own_transaction
        from framework.tasks.transitions import database

        require_own_transaction(database(), message.actor_name)
        if transaction.get_connection(database()).in_atomic_block:
            transaction.on_commit(lambda: self._enqueue_without_row(message), using=database(), robust=True)
        else:
            self._enqueue_without_row(message)
        return message

    def _enqueue_without_row(self, message: Message[Any]) -> None:
        self.emit_before("enqueue", message, None)
        self.publish([message])
        self.emit_after("enqueue", message, None)

    def add_middleware(
        self, middleware: Middleware, *, before: type[Middleware] | None = None, after: type[Middleware] | None = None
    ) -> None:
        """Add ``middleware``, unless the project's own stands in its place, as for Dramatiq's ``GroupCallbacks``.

        What both would do would be done twice.
        """
        kind = type(middleware)
        for existing in self.middleware:
            if isinstance(existing, kind) and type(existing) is not kind:
                logger.warning("middleware_in_place", added=kind.__qualname__, instead=type(existing).__qualname__)
                return
        super().add_middleware(middleware, before=before, after=after)

    def publish(self, messages: Sequence[Message[Any]]) -> None:
        """Hand ``messages`` to the transport; raises what its client raises."""
        for message in messages:
            super().enqueue(message)

    def depth(self, queue: str) -> int:
        """Count what waits in the transport's ``queue``."""
        raise NotImplementedError

    def ping(self) -> None:
        """Ask the transport whether it is there; raises what its client raises."""
        raise NotImplementedError


class HoldingConsumer(Consumer):
    """Keeps the leases of what it has fetched; mixed in before the consumer of a transport.

    What lies in this process is not in the transport's queue any more, and the relay would send it again.
    """

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or ``None`` when none came for a while."""
        message: MessageProxy | None = super().__next__()
        if message is not None and generation_of(message) is not None:
            leases().hold([message.message_id])
        return message

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back what was not begun."""
        returned = list(messages)
        leases().drop(message.message_id for message in returned)
        super().requeue(returned)
