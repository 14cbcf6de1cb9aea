"""Rows carried by Dramatiq's RabbitMQ broker."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pika
from dramatiq import Message
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from .durable import DurableBroker

TIMEOUT_SECONDS: Final = 5


class RabbitmqOutboxBroker(DurableBroker, RabbitmqBroker):
    """``BROKER_URL=amqp://...``: published with confirms, by one thread of each process.

    A pika connection belongs to the thread that opened it, and an ASGI server runs each request in a
    thread of its own: publishing from there would leave a connection behind for every request.
    """

    def __init__(self, *, url: str, **options: Any) -> None:
        separator = "&" if "?" in url else "?"
        super().__init__(url=f"{url}{separator}socket_timeout={TIMEOUT_SECONDS}", **options)
        self._lane: tuple[int, ThreadPoolExecutor] | None = None

    def publish(self, message: Message[Any], *, delay: int | None = None) -> None:
        """Publish and wait for the confirmation; raises Dramatiq's ``ConnectionClosed``."""
        self._publisher().submit(super().publish, message, delay=delay).result(timeout=30)

    def ping(self) -> None:
        """Open a connection and close it; raises ``pika.exceptions.AMQPError`` or ``OSError``."""
        pika.BlockingConnection(self.parameters).close()

    def _publisher(self) -> ThreadPoolExecutor:
        # The pid, since the thread of an executor does not survive a fork.
        if self._lane is None or self._lane[0] != os.getpid():
            self._lane = (os.getpid(), ThreadPoolExecutor(1, thread_name_prefix="rabbitmq-publisher"))
        return self._lane[1]
