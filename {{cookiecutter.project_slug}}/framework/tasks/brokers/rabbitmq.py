"""Rows carried by Dramatiq's RabbitMQ broker."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Final

import pika
from dramatiq import Message
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.errors import BrokerConnectionError

from .durable import DurableBroker, HoldingConsumer

TIMEOUT_SECONDS: Final = 5
# Each waits for the confirmation of its message, which the server gives to several at a time.
PUBLISHERS: Final = 8


class RabbitmqOutboxBroker(DurableBroker, RabbitmqBroker):
    """``BROKER_URL=amqp://...``: published with confirms, by a few threads of each process.

    A pika connection belongs to the thread that opened it, and an ASGI server runs each request in a
    thread of its own: publishing from there would leave a connection behind for every request.
    """

    outages: ClassVar[tuple[type[Exception], ...]] = (pika.exceptions.AMQPError, BrokerConnectionError, OSError)

    def __init__(self, *, url: str, **options: Any) -> None:
        separator = "&" if "?" in url else "?"
        super().__init__(url=f"{url}{separator}socket_timeout={TIMEOUT_SECONDS}", **options)
        self._lane: tuple[int, ThreadPoolExecutor] | None = None

    def publish(self, messages: Sequence[Message[Any]]) -> None:
        """Publish and wait for the confirmations; raises Dramatiq's ``ConnectionClosed``."""
        for published in [self._publishers().submit(RabbitmqBroker.enqueue, self, message) for message in messages]:
            published.result(timeout=30)

    def depth(self, queue: str) -> int:
        """Count what no worker has fetched; raises Dramatiq's ``ConnectionClosed``."""
        return int(self._publishers().submit(self.get_queue_message_counts, queue).result(timeout=30)[0])

    def ping(self) -> None:
        """Open a connection and close it; raises ``pika.exceptions.AMQPError`` or ``OSError``."""
        pika.BlockingConnection(self.parameters).close()

    @property
    def consumer_class(self) -> type["RabbitmqConsumer"]:
        """The consumer that keeps its leases."""
        return RabbitmqConsumer

    def _publishers(self) -> ThreadPoolExecutor:
        # The pid, since the thread of an executor does not survive a fork.
        if self._lane is None or self._lane[0] != os.getpid():
            self._lane = (os.getpid(), ThreadPoolExecutor(PUBLISHERS, thread_name_prefix="rabbitmq-publisher"))
        return self._lane[1]


class RabbitmqConsumer(HoldingConsumer, _RabbitmqConsumer):
    """Dramatiq's consumer, whose messages are held while they wait for a thread."""
