"""The embedded broker: workers claim the rows themselves, no server in between."""

from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import connections
from dramatiq import Consumer, Message, MessageProxy
from dramatiq.errors import ConnectionClosed

from framework.tasks.outbox import to_message, write
from framework.tasks.running import worker_name
from framework.tasks.wake import Wake, wake_for

from .durable import DurableBroker


class DatabaseBroker(DurableBroker):
    """``BROKER_URL=database://``: SQLite within one process tree, PostgreSQL from any number of hosts."""

    needs_relay: ClassVar[bool] = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.queues: set[str] = set()

    def declare_queue(self, queue_name: str) -> None:
        """Make ``queue_name`` known to the workers of this process."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def get_declared_queues(self) -> set[str]:
        """Return the names of the queues declared in this process."""
        return self.queues.copy()

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> Consumer:
        """Return a consumer of ``queue_name`` that waits ``timeout`` milliseconds for each message."""
        return DatabaseConsumer(queue_name, prefetch=prefetch, timeout=timeout / 1000)

    def publish(self, message: Message[Any], *, delay: int | None = None) -> None:
        """Write a row after all: there is no faster way through a database."""
        write(self, [(message, delay)])

    def ping(self) -> None:
        """Ask the database; raises ``django.db.Error``."""
        from framework.tasks.transitions import database

        with connections[database()].cursor() as cursor:
            cursor.execute("SELECT 1")


class DatabaseConsumer(Consumer):
    """Claims due rows of one queue, a few at a time."""

    def __init__(self, queue_name: str, *, prefetch: int, timeout: float) -> None:
        from framework.tasks.transitions import database

        self.queue_name = queue_name
        self.prefetch = prefetch
        self.timeout = timeout
        self._claimed: deque[MessageProxy] = deque()
        self._outstanding: set[str] = set()
        self._wake: Wake = wake_for(database())

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or ``None`` when none came within the timeout."""
        if not self._claimed:
            seen = self._wake.version
            self._claim()
            if not self._claimed:
                self._wake.wait(seen, self.timeout)
                return None
        return self._claimed.popleft()

    def ack(self, message: MessageProxy) -> None:
        """Forget ``message``; its row was moved on when the task ended."""
        self._outstanding.discard(message.message_id)
        if len(self._outstanding) < self.prefetch:
            self._wake.announce()

    nack = ack

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Hand back what was claimed and not started."""
        from framework.tasks.transitions import release

        release([(message.message_id, message.options["generation"]) for message in messages])

    def close(self) -> None:
        """Hand back what no worker thread has seen, and close this thread's connection."""
        self.requeue(list(self._claimed))
        self._claimed.clear()
        connections.close_all()

    def _claim(self) -> None:
        from django.db import Error

        from framework.tasks.transitions import claim

        try:
            tasks = claim(self.queue_name, self.prefetch - len(self._outstanding), worker=worker_name())
        except Error as error:
            connections.close_all()
            raise ConnectionClosed(error) from None
        for task in tasks:
            self._outstanding.add(str(task.id))
            self._claimed.append(MessageProxy(to_message(task)))
