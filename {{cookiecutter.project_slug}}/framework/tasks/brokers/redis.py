"""Rows carried by Dramatiq's Redis broker, made quick to wake and to recover."""

import threading
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from time import monotonic
from typing import Any, ClassVar, Final
from uuid import uuid4

import redis
from dramatiq import Message, MessageProxy
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.common import current_millis
from dramatiq.errors import BrokerConnectionError, ConnectionClosed

from framework.conf import connect_redis
from framework.logs import get_logger
from framework.tasks.options import generation_of
from framework.tasks.wake import POLL_SECONDS, Wakes

from .durable import DurableBroker, HoldingConsumer

HEARTBEAT_SECONDS: Final = 2.0
# How soon a listener notices that it should end.
LISTEN_SECONDS: Final = 0.25
# For how long a listener is waited for that should end; a connection closed while it reads would break it.
CLOSE_SECONDS: Final = 10.0
# A worker that holds the interpreter's lock for longer than this has its messages run by somebody else too.
HEARTBEAT_TIMEOUT_MS: Final = 10_000

logger = get_logger(__name__)


class RedisOutboxBroker(DurableBroker, RedisBroker):
    """``BROKER_URL=redis://...``: Redis may forget everything, the rows are sent again.

    Dramatiq polls Redis with growing pauses and looks for dead workers by chance. Here a published message
    announces itself (https://redis.io/docs/latest/develop/pubsub/), and the looking goes by the clock.
    """

    outages: ClassVar[tuple[type[Exception], ...]] = (redis.RedisError, BrokerConnectionError, OSError)

    def __init__(self, *, url: str, **options: Any) -> None:
        client = connect_redis(url, socket_connect_timeout=2, socket_timeout=10, health_check_interval=30)
        super().__init__(client=client, heartbeat_timeout=HEARTBEAT_TIMEOUT_MS, **options)  # type: ignore[no-untyped-call]
        self.announced = Wakes(self._listen)
        self._closed = threading.Event()
        #: By queue, what consumers of this process are done with and Redis has not been told of.
        self.done: defaultdict[str, deque[str]] = defaultdict(deque)

    @property
    def consumer_class(self) -> type["RedisConsumer"]:
        """The consumer that waits instead of polling."""
        return RedisConsumer

    def declare_queue(self, queue_name: str) -> None:
        """Make ``queue_name`` known; without Dramatiq's delay queue, since what waits is a row."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def publish(self, messages: Sequence[Message[Any]]) -> None:
        """Enqueue ``messages`` and wake their consumers in one round trip; raises ``redis.RedisError``."""
        calls = []
        for message in messages:
            copy = message.copy(options={"redis_message_id": str(uuid4())})
            calls.append(self._arguments("enqueue", copy.queue_name, copy.options["redis_message_id"], copy.encode()))
        self._dispatch_together(calls, wake={message.queue_name for message in messages})

    def acknowledge(self, queue: str, redis_message_ids: Sequence[str]) -> None:
        """Forget messages of ``queue`` in one round trip; raises ``redis.RedisError``."""
        self._dispatch_together([self._arguments("ack", queue, each) for each in redis_message_ids])

    def depth(self, queue: str) -> int:
        """Count what no worker has fetched; raises ``redis.RedisError``."""
        return int(self.client.llen(f"{self.namespace}:{queue}"))

    def look_after(self, queue: str) -> None:
        """Show Redis that this worker lives, and give back what dead ones held of ``queue``.

        Raises ``redis.RedisError``.
        """
        self.scripts["dispatch"](keys=[self.namespace], args=self._arguments("qsize", queue, maintenance=True))

    def ping(self) -> None:
        """Ask Redis; raises ``redis.RedisError``."""
        self.client.ping()

    def close(self) -> None:
        """Close the connections."""
        self._closed.set()
        self.announced.join(CLOSE_SECONDS)
        super().close()
        self.client.close()

    def _listen(self, wakes: Wakes) -> None:
        begin = len(self._channel(""))
        try:
            with self.client.pubsub() as subscription:
                subscription.psubscribe(self._channel("*"))
                while not self._closed.is_set():
                    heard = subscription.get_message(timeout=LISTEN_SECONDS)
                    if heard is not None:
                        # The confirmation of the subscription is news for everybody: what came before it was missed.
                        wakes.announce(heard["channel"].decode()[begin:] if heard["type"] == "pmessage" else None)
        except (redis.RedisError, OSError) as error:
            logger.warning("redis_wake_lost", error=str(error))

    def _dispatch_together(self, calls: Sequence[list[Any]], *, wake: Collection[str] = ()) -> None:
        """Call Dramatiq's script for each of ``calls``, then wake the consumers of queues, in one round trip."""
        script = self.scripts["dispatch"]
        for attempt in (1, 2):
            pipeline = self.client.pipeline(transaction=False)
            for arguments in calls:
                pipeline.evalsha(script.sha, 1, self.namespace, *arguments)
            for queue in wake:
                pipeline.publish(self._channel(queue), b"")
            try:
                pipeline.execute()
            except redis.exceptions.NoScriptError:
                if attempt == 2:
                    raise
                self.client.script_load(script.script)
            else:
                return

    def _channel(self, queue: str) -> str:
        return f"{self.namespace}:wake:{queue}"

    def _arguments(self, command: str, queue: str, *arguments: Any, maintenance: bool = False) -> list[Any]:
        """Return the arguments of Dramatiq's script, as ``RedisBroker._dispatch`` puts them."""
        return [
            command,
            current_millis(),
            queue,
            self.broker_id,
            self.heartbeat_timeout,
            self.dead_message_ttl,
            int(maintenance),
            self._max_unpack_size(),  # type: ignore[no-untyped-call]
            *arguments,
        ]

    def _should_do_maintenance(self, command: str) -> int:
        # Never by chance; see look_after().
        return 0


class RedisConsumer(HoldingConsumer, _RedisConsumer):
    """Dramatiq's consumer, with a wait that a published message ends."""

    def __init__(self, broker: RedisOutboxBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        # No pause of Dramatiq's own.
        super().__init__(broker, queue_name, prefetch, 0)  # type: ignore[no-untyped-call]  # untyped in Dramatiq
        self._wake = broker.announced.of(queue_name)
        self._patience = timeout / 1000
        self._done = broker.done[queue_name]
        self._is_empty = True
        self._seen = -1
        self._next_look = 0.0
        self._beaten = 0.0

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or ``None`` when none came within Dramatiq's worker timeout."""
        # Before it looks for room, so that room made meanwhile is announced.
        self._is_empty = not self.message_cache
        self._acknowledge()
        # What has just been announced is fetched first.
        self._beat(2 * HEARTBEAT_SECONDS)
        if self.message_cache or self._wake.version != self._seen or monotonic() >= self._next_look:
            self._seen = self._wake.version
            message = super().__next__()
            if message is not None:
                # There may be more.
                self._next_look = 0.0
                return message
            self._next_look = monotonic() + POLL_SECONDS
        self._beat(HEARTBEAT_SECONDS)
        # No longer than Dramatiq asks, which looks in between whether it should stop.
        self._wake.wait(self._seen, min(self._patience, max(0.0, self._next_look - monotonic())))
        return None

    def ack(self, message: MessageProxy) -> None:
        """Acknowledge, and fetch again once half of the room is free.

        Where a row is the truth, Redis is told of several together: one that comes again by then is skipped.
        """
        if generation_of(message) is None:
            super().ack(message)  # type: ignore[no-untyped-call]
        else:
            self._done.append(message.options["redis_message_id"])
            self.queued_message_ids.discard(message.message_id)
        if self._is_empty and self.outstanding_message_count <= self.prefetch // 2:
            self._wake.announce()

    def close(self) -> None:
        """Tell Redis of the last ones."""
        self._acknowledge()
        super().close()

    def _acknowledge(self) -> None:
        ids = [self._done.popleft() for _ in range(len(self._done))]
        if not ids:
            return
        try:
            self.broker.acknowledge(self.queue_name, ids)
        except redis.ConnectionError as error:
            self._done.extend(ids)
            raise ConnectionClosed(error) from None

    def _beat(self, silence: float) -> None:
        """Show that this worker lives, after so many seconds of silence.

        Dramatiq itself is silent while it has no room for more messages, and would be taken for dead.
        """
        if monotonic() - self._beaten < silence:
            return
        try:
            self.broker.look_after(self.queue_name)
        except redis.ConnectionError as error:
            raise ConnectionClosed(error) from None
        self._beaten = monotonic()
