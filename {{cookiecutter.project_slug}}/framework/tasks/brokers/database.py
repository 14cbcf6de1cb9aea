"""The embedded broker: workers claim the rows themselves, no server in between."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any, ClassVar, Final

from django.db import connections
from dramatiq import Consumer, Message, MessageProxy
from dramatiq.errors import ConnectionClosed, QueueNotFound

from framework.tasks.commits import commits
from framework.tasks.lanes import lanes_of
from framework.tasks.leases import leases
from framework.tasks.limits import is_limited
from framework.tasks.outbox import write
from framework.tasks.running import worker_name
from framework.tasks.wake import POLL_SECONDS, Wake

from .durable import DurableBroker

LARGER_LOTS: Final = 4
#: With more queues than this, no consumer keeps a connection to PostgreSQL between two looks.
KEEPERS: Final = 4
LOT_SECONDS: Final = 0.05


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
        """Return a consumer of ``queue_name`` that answers within ``timeout`` milliseconds.

        Raises Dramatiq's ``QueueNotFound`` where no actor of this process has that queue.
        """
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)
        return DatabaseConsumer(self, queue_name, prefetch=prefetch, timeout=timeout / 1000)

    def publish(self, messages: Sequence[Message[Any]]) -> None:
        """Write rows after all: there is no faster way through a database."""
        write(self, [(message, None) for message in messages])

    def ping(self) -> None:
        """Ask the database; raises ``django.db.Error``."""
        from framework.tasks.transitions import database

        with connections[database()].cursor() as cursor:
            cursor.execute("SELECT 1")


class DatabaseConsumer(Consumer):
    """Claims due rows of one queue, as many as the process can begin soon."""

    def __init__(self, broker: DatabaseBroker, queue_name: str, *, prefetch: int, timeout: float) -> None:
        from framework.tasks.transitions import database

        self.broker = broker
        self.queue_name = queue_name
        self.prefetch = prefetch
        self.timeout = timeout
        self._seen = -1
        self._next_look = 0.0
        #: How soon a limited actor may have a place, in seconds.
        self._place_in: float | None = None
        self._using = database()
        self._wake: Wake = commits(self._using).of(queue_name)
        # SQLite has one write lock, and all who use it are on one host: there, short tasks are claimed in larger lots.
        self._most = prefetch * LARGER_LOTS if connections[self._using].vendor == "sqlite" else prefetch
        self._gives_back = connections[self._using].vendor == "postgresql" and len(broker.queues) > KEEPERS
        self._room = prefetch
        self._filled_at = float("-inf")
        self._claimed: deque[MessageProxy] = deque()
        self._lock = threading.Lock()
        self._outstanding: set[str] = set()

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or ``None`` when none came for a while."""
        if not self._claimed and (self._wake.version != self._seen or monotonic() >= self._next_look):
            self._look()
        if not self._claimed:
            # No longer than Dramatiq asks, which looks in between whether it should stop.
            self._wake.wait(self._seen, min(self.timeout, max(0.0, self._next_look - monotonic())))
            return None
        return self._claimed.popleft()

    def ack(self, message: MessageProxy) -> None:
        """Forget ``message``; its row was moved on when the task ended."""
        with self._lock:
            self._outstanding.discard(message.message_id)
            has_room = len(self._outstanding) == self._room // 2
        # Of a limited actor the next one may be allowed now; what failed waits for a time not known here yet.
        if has_room or message._exception is not None or is_limited(self.broker, message.actor_name):
            self._wake.announce()

    nack = ack

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Hand back what was claimed and not started."""
        from framework.tasks.transitions import release

        held = [(message.message_id, message.options["generation"]) for message in messages]
        release(held)
        leases().drop(task_id for task_id, _ in held)

    def close(self) -> None:
        """Hand back what no worker thread has seen, and close this thread's connection."""
        self.requeue(list(self._claimed))
        self._claimed.clear()
        connections.close_all()

    def _look(self) -> None:
        self._seen = self._wake.version
        # Half of the room at least: a claim for every task that ends would cost as much as the task.
        if len(self._outstanding) <= self._room // 2:
            self._resize()
            if len(self._outstanding) <= self._room // 2:
                self._claim()
        self._next_look = monotonic() + (0.0 if self._claimed else self._pause())
        if self._gives_back:
            connections[self._using].close()

    def _claim(self) -> None:
        from django.db import Error

        from framework.tasks.readable import messages_of
        from framework.tasks.throttle import has_limits, shares_of
        from framework.tasks.transitions import claim

        try:
            shares, self._place_in = None, None
            if has_limits(self.broker):
                lanes = lanes_of(connections[self._using], [self.queue_name])
                shares, self._place_in = shares_of(lanes, self.broker, self._using)
            room = self._room - len(self._outstanding)
            tasks = claim(self.queue_name, room, worker=worker_name(), shares=shares)
        except Error as error:
            connections.close_all()
            raise ConnectionClosed(error) from None
        self._filled_at = monotonic() if len(tasks) == room else float("-inf")
        messages = [MessageProxy(message) for message in messages_of(tasks)]
        ids = [message.message_id for message in messages]
        leases().hold(ids)
        with self._lock:
            self._outstanding.update(ids)
        self._claimed.extend(messages)

    def _resize(self) -> None:
        """Make room for what this process begins within :data:`LOT_SECONDS`, and for long tasks no more than asked."""
        is_quick = monotonic() - self._filled_at < LOT_SECONDS
        self._room = min(self._most, self._room * 2) if is_quick else self.prefetch

    def _pause(self) -> float:
        """Return for how many seconds nothing becomes due."""
        from django.db import Error

        from framework.tasks.states.delayed import seconds_until_next

        if len(self._outstanding) > self._room // 2:
            # The task that makes room announces it.
            return POLL_SECONDS
        try:
            soonest = seconds_until_next([self.queue_name], self._using)
        except Error as error:
            connections.close_all()
            raise ConnectionClosed(error) from None
        waits = [wait for wait in (soonest, self._place_in) if wait is not None]
        return min(POLL_SECONDS, max(0.001, min(waits, default=POLL_SECONDS)))
