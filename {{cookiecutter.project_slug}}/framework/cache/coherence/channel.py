"""Telling other hosts which slots changed, over Redis pub/sub."""

import os
import threading
import time
from typing import Final

import redis

from framework.logs import get_logger

from .generations import Generations

SILENCE_SECONDS: Final = 3.0
PING_SECONDS: Final = 1.0
RECONNECT_SECONDS: Final = 0.5
ALL: Final = b"all"

logger = get_logger(__name__)


class Channel:
    """Listens in a thread of its own and renews the slots that other hosts name.

    ``is_fresh`` is False while there was no sign of life for three seconds: what is in memory may then be
    outdated without anybody having been able to say so. After a reconnection everything is renewed.
    """

    def __init__(self, client: redis.Redis, name: str, generations: Generations) -> None:
        self._client = client
        self._name = name
        self._generations = generations
        self._sender = os.urandom(8).hex().encode()
        self._heard = 0.0
        self._lock = threading.Lock()
        self._thread: tuple[int, threading.Thread] | None = None

    @property
    def is_fresh(self) -> bool:
        """Tell whether the listener would have heard of a change."""
        self._listen()
        return time.monotonic() - self._heard < SILENCE_SECONDS

    def tell(self, *slots: int) -> None:
        """Tell other hosts; raises ``OSError`` when they cannot be told."""
        body = b",".join(str(slot).encode() for slot in slots) if slots else ALL
        try:
            self._client.publish(self._name, self._sender + b":" + body)
        except redis.RedisError as error:
            raise OSError(str(error)) from error

    def _listen(self) -> None:
        # The pid, since a thread does not survive a fork.
        if self._thread is not None and self._thread[0] == os.getpid():
            return
        with self._lock:
            if self._thread is None or self._thread[0] != os.getpid():
                thread = threading.Thread(target=self._run, name="cache-coherence", daemon=True)
                self._thread = (os.getpid(), thread)
                thread.start()

    def _run(self) -> None:
        while True:
            try:
                self._follow()
            except (redis.RedisError, OSError) as error:
                logger.info("cache_coherence_lost", error=type(error).__name__)
                time.sleep(RECONNECT_SECONDS)

    def _follow(self) -> None:
        with self._client.pubsub() as subscription:
            subscription.subscribe(self._name)
            # Whatever happened while nobody listened is not known.
            self._generations.renew_all()
            asked = time.monotonic()
            while True:
                message = subscription.get_message(timeout=PING_SECONDS)
                if message is not None:
                    self._heard = time.monotonic()
                    if message["type"] == "message":
                        self._apply(message["data"])
                if time.monotonic() - asked >= PING_SECONDS:
                    asked = time.monotonic()
                    subscription.ping()

    def _apply(self, data: bytes) -> None:
        sender, _, body = data.partition(b":")
        if sender == self._sender:
            return
        if body == ALL:
            self._generations.renew_all()
            return
        for slot in body.split(b","):
            self._generations.renew(int(slot))
