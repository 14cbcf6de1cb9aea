"""Rows carried by Dramatiq's RabbitMQ broker."""

import os
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Final

import pika
from dramatiq import Message
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.errors import BrokerConnectionError, ConnectionClosed

from .confirms import CONFIRM_SECONDS, ConfirmedChannel, Letter, UnroutableError
from .durable import DurableBroker, HoldingConsumer

TIMEOUT_SECONDS: Final = 5
# A connection that was lost since the last lot is found when this one is sent.
ATTEMPTS: Final = 3


class RabbitmqOutboxBroker(DurableBroker, RabbitmqBroker):
    """``BROKER_URL=amqp://...``: published with confirms, by a thread of each process.

    Its queues are called ``namespace.queue`` on the server, so that several sites can share one.

    A pika connection belongs to the thread that opened it, and an ASGI server runs each request in a
    thread of its own: publishing from there would leave a connection behind for every request.
    """

    outages: ClassVar[tuple[type[Exception], ...]] = (pika.exceptions.AMQPError, BrokerConnectionError, OSError)

    def __init__(self, *, url: str, namespace: str, **options: Any) -> None:
        self.namespace = namespace
        separator = "&" if "?" in url else "?"
        super().__init__(url=f"{url}{separator}socket_timeout={TIMEOUT_SECONDS}", **options)
        self._questions: tuple[int, ThreadPoolExecutor] | None = None
        self._publisher: tuple[int, ConfirmedChannel] | None = None
        self._opening = threading.Lock()

    def publish(self, messages: Sequence[Message[Any]]) -> None:
        """Publish and wait for the confirmations; raises Dramatiq's ``ConnectionClosed``."""
        queues = {message.queue_name for message in messages}
        letters = [
            Letter(self.name_of(message.queue_name), message.encode(), message.options.get("broker_priority"))
            for message in messages
        ]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._declare(queues)
                self._channel_of_lots().publish(letters)
            except ConnectionClosed as error:
                if isinstance(error, UnroutableError):
                    self.queues_pending.update(queues)
                if attempt == ATTEMPTS:
                    raise
            else:
                return

    def name_of(self, queue: str) -> str:
        """Return what ``queue`` is called on the server."""
        return f"{self.namespace}.{queue}"

    def flush(self, queue_name: str) -> None:
        """Drop all messages of a queue, delayed and dead ones, too."""
        super().flush(self.name_of(queue_name))

    def close(self) -> None:
        """Close the connections."""
        if self._publisher is not None and self._publisher[0] == os.getpid():
            self._publisher[1].close()
        super().close()

    def depth(self, queue: str) -> int:
        """Count what no worker has fetched; raises Dramatiq's ``ConnectionClosed``."""
        return int(self._asker().submit(self.get_queue_message_counts, queue).result(timeout=CONFIRM_SECONDS)[0])

    def ping(self) -> None:
        """Open a connection and close it; raises ``pika.exceptions.AMQPError`` or ``OSError``."""
        pika.BlockingConnection(self.parameters).close()

    @property
    def consumer_class(self) -> type["RabbitmqConsumer"]:
        """The consumer that keeps its leases."""
        return RabbitmqConsumer

    def _declare_queue(self, queue_name: str) -> Any:
        return super()._declare_queue(self.name_of(queue_name))  # type: ignore[no-untyped-call]  # untyped in Dramatiq

    def _declare_dq_queue(self, queue_name: str) -> Any:
        return super()._declare_dq_queue(self.name_of(queue_name))  # type: ignore[no-untyped-call]  # untyped in Dramatiq

    def _declare_xq_queue(self, queue_name: str) -> Any:
        return super()._declare_xq_queue(self.name_of(queue_name))  # type: ignore[no-untyped-call]  # untyped in Dramatiq

    def _declare(self, queues: Collection[str]) -> None:
        for queue in queues:
            if queue in self.queues_pending or queue not in self.queues:
                self._asker().submit(self.declare_queue, queue, ensure=True).result(timeout=CONFIRM_SECONDS)

    def _asker(self) -> ThreadPoolExecutor:
        # The pid, since the thread of an executor does not survive a fork.
        if self._questions is None or self._questions[0] != os.getpid():
            self._questions = (os.getpid(), ThreadPoolExecutor(1, thread_name_prefix="rabbitmq-questions"))
        return self._questions[1]

    def _channel_of_lots(self) -> ConfirmedChannel:
        with self._opening:
            if self._publisher is None or self._publisher[0] != os.getpid() or self._publisher[1].is_lost:
                # One for each address of a cluster; Dramatiq keeps a single one as it is.
                found: Any = self.parameters
                servers = found if isinstance(found, list) else [found]
                self._publisher = (os.getpid(), ConfirmedChannel(servers))
            return self._publisher[1]


class RabbitmqConsumer(HoldingConsumer, _RabbitmqConsumer):
    """Dramatiq's consumer, whose messages are held while they wait for a thread."""

    def __init__(self, broker: RabbitmqOutboxBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        name = broker.name_of(queue_name)
        super().__init__(broker, name, prefetch, timeout)  # type: ignore[no-untyped-call]  # untyped in Dramatiq
