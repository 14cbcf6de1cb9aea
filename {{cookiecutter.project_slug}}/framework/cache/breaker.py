"""A tier that is away costs the requests next to nothing."""

import threading
import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 3
WITHIN_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 2.0


class Breaker:
    """Opens at the third failure within five seconds; then lets one call through every two seconds.

    One call, not all that wait: a server that hangs would cost each of them its timeout again.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed_at: list[float] = []
        self._next_probe: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the tier is left alone at present."""
        return self._next_probe is not None

    def allows(self) -> bool:
        """Tell whether this caller may ask the tier."""
        return self._next_probe is None or self._may_probe()

    def failed(self) -> None:
        """Note that the tier did not answer."""
        with self._lock:
            now = self._clock()
            self._failed_at = [at for at in self._failed_at if now - at < WITHIN_SECONDS] + [now]
            if self._next_probe is not None or len(self._failed_at) >= FAILURES:
                self._next_probe = now + PAUSE_SECONDS

    def succeeded(self) -> None:
        """Note that the tier answered."""
        if self._next_probe is None:
            return
        with self._lock:
            self._next_probe = None
            self._failed_at.clear()

    def _may_probe(self) -> bool:
        with self._lock:
            now = self._clock()
            if self._next_probe is not None and now < self._next_probe:
                return False
            self._next_probe = now + PAUSE_SECONDS
            return True
