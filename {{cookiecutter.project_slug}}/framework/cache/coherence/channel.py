"""Telling other hosts which slots changed, over Redis pub/sub."""

import atexit
import os
import threading
import time
from collections.abc import Collection
from typing import Final
from weakref import WeakSet

import redis

from framework.logs import get_logger

from .generations import Generations

SILENCE_SECONDS: Final = 3.0
PING_SECONDS: Final = 1.0
WAKE_SECONDS: Final = 0.25
RECONNECT_SECONDS: Final = 0.5
MOST_SLOTS: Final = 1_000
ALL: Final = b"all"
NEVER: Final = float("-inf")

logger = get_logger(__name__)
_channels: "Final[WeakSet[Channel]]" = WeakSet()


class Channel:
    """Listens in a thread of its own, from the first use on, and renews the slots that other hosts name.

    ``is_fresh`` is False while there was no sign of life for three seconds: what is in memory may then be
    outdated without anybody having been able to say so. Every connection begins a new ``epoch``, a part of
    each generation, so that nothing noted before it is believed.
    """

    def __init__(self, client: redis.Redis, name: str, generations: Generations) -> None:
        self.epoch = 0
        #: The last sign of life: in seconds of the monotonic clock, and of the epoch.
        self.heard = self.heard_at = NEVER
        self._client = client
        self._name = name
        self._generations = generations
        self._host = generations.host.encode()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        _channels.add(self)

    @property
    def is_fresh(self) -> bool:
        """Tell whether the listener would have heard of a change."""
        if self._thread is None or not self._thread.is_alive():
            self._listen()
        return time.monotonic() - self.heard < SILENCE_SECONDS

    def message(self, slots: Collection[int]) -> tuple[str, bytes]:
        """Return the channel's name and what tells other hosts that ``slots`` changed; none means all."""
        few = 0 < len(slots) <= MOST_SLOTS
        body = b",".join(str(slot).encode() for slot in set(slots)) if few else ALL
        return self._name, self._host + b":" + body

    def stop(self) -> None:
        """End the thread; the next use starts another one."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
        if thread is not None:
            thread.join(timeout=2)
        self.heard = self.heard_at = NEVER

    def _listen(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._stopping = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._stopping,), name="cache-coherence", daemon=True
                )
                self._thread.start()

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                self._follow(stopping)
            except (redis.RedisError, OSError, ValueError) as error:
                # What is said from now on is not heard; only a silence takes its time to be noticed.
                self.heard = self.heard_at = NEVER
                logger.info("cache_coherence_lost", error=type(error).__name__)
                stopping.wait(RECONNECT_SECONDS)

    def _follow(self, stopping: threading.Event) -> None:
        with self._client.pubsub() as subscription:
            subscription.subscribe(self._name)
            self._await_confirmation(subscription)
            asked = heard = time.monotonic()
            while not stopping.is_set():
                message = subscription.get_message(timeout=WAKE_SECONDS)
                now = time.monotonic()
                # After a pause there may be more to hear than this one message: begin again.
                if now - heard >= SILENCE_SECONDS:
                    raise redis.TimeoutError("no sign of life")
                if message is not None:
                    if message["type"] == "message":
                        self._apply(message["data"])
                    self.heard, self.heard_at = (heard := now), time.time()
                if now - asked >= PING_SECONDS:
                    asked = now
                    subscription.ping()

    def _await_confirmation(self, subscription: "redis.client.PubSub") -> None:
        confirmed = subscription.get_message(timeout=PING_SECONDS)
        if confirmed is None:
            raise redis.TimeoutError("the subscription was not confirmed")
        # Whatever happened while nobody listened is not known.
        self.epoch = int.from_bytes(os.urandom(7))
        self.heard, self.heard_at = time.monotonic(), time.time()

    def _apply(self, data: bytes) -> None:
        host, _, body = data.partition(b":")
        if host == self._host:
            return
        if body == ALL:
            self._generations.renew_all()
            return
        for slot in body.split(b","):
            self._generations.renew(int(slot))

    def _forget_thread(self) -> None:
        self.heard = self.heard_at = NEVER
        self._lock = threading.Lock()
        self._thread = None


def stop_all() -> None:
    """End the listeners of this process."""
    for channel in list(_channels):
        channel.stop()


def _restart_after_fork() -> None:
    for channel in list(_channels):
        # A thread does not survive a fork, and a lock may be held for ever.
        channel._forget_thread()


atexit.register(stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_after_fork)
