"""Counters that threads wait on, one for each queue, and the thread that moves them."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

POLL_SECONDS: Final = 1.0
#: For how long nobody has to have waited until watching is not worth its while.
UNAWAITED_SECONDS: Final = 10.0


class Wake:
    """A counter of events that threads can wait on."""

    def __init__(self, before_wait: Callable[[], None]) -> None:
        self._before_wait = before_wait
        self._changed = threading.Condition()
        self.version = 0

    def wait(self, seen: int, timeout: float) -> None:
        """Return when the counter has passed ``seen``, or after ``timeout`` seconds (a second at most)."""
        self._before_wait()
        with self._changed:
            self._changed.wait_for(lambda: self.version != seen, min(timeout, POLL_SECONDS))

    def announce(self) -> None:
        """Wake everybody who waits in this process."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()


class Wakes:
    """A :class:`Wake` for each queue and one for any of them.

    ``watch`` runs in a thread of its own, calls :meth:`announce`, and may end when what it listens to is lost, or when
    nobody has waited for a while (:meth:`is_awaited`): the next who waits starts it again. Nobody trusts it alone;
    whoever waits also looks once a second.
    """

    def __init__(self, watch: Callable[["Wakes"], None]) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._queues: dict[str, Wake] = {}
        self._news: set[str] = set()
        self._awaited_at = 0.0
        self.any = Wake(self._ensure_watched)

    def of(self, queue: str) -> Wake:
        """Return what is announced when there is news for ``queue``."""
        with self._lock:
            return self._queues.setdefault(queue, Wake(self._ensure_watched))

    def announce(self, queue: str | None = None) -> None:
        """Wake who waits for ``queue``; without one, everybody."""
        with self._lock:
            chosen = list(self._queues.values()) if queue is None else [self._queues.get(queue)]
            self._news |= {queue} if queue else set()
        for wake in (*chosen, self.any):
            if wake is not None:
                wake.announce()

    def take_news(self) -> set[str]:
        """Return the queues announced by name since the last call."""
        with self._lock:
            news, self._news = self._news, set()
        return news

    def is_awaited(self) -> bool:
        """Tell whether somebody waits, or did a while ago."""
        return monotonic() - self._awaited_at < UNAWAITED_SECONDS

    def join(self, timeout: float) -> None:
        """Wait for the thread to end, once ``watch`` has been told to."""
        if self._watcher is not None:
            self._watcher.join(timeout)

    def _ensure_watched(self) -> None:
        with self._lock:
            self._awaited_at = monotonic()
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, args=(self,), name="task-wake", daemon=True)
                self._watcher.start()
