"""A tier that is away costs the requests next to nothing."""

import threading
import time
from collections.abc import Callable
from typing import Final

FIRST_PAUSE_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = 2.0


class Breaker:
    """Opens at a failure, for a tenth of a second; then lets one call through, after twice as long each time it fails.

    One call, not all that wait, and not the next one of the same request: a server that hangs would cost each of them
    its timeout again.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pause = FIRST_PAUSE_SECONDS
        self._next_probe: float | None = None
        #: How many there were.
        self.failures = 0

    @property
    def is_open(self) -> bool:
        """Whether the tier is left alone at present."""
        return self._next_probe is not None

    def allows(self) -> bool:
        """Tell whether this caller may ask the tier."""
        return self._next_probe is None or self._may_probe()

    def failed(self) -> bool:
        """Note that the tier did not answer; tell whether that is news."""
        with self._lock:
            self.failures += 1
            opens = self._next_probe is None
            if opens:
                self._pause = FIRST_PAUSE_SECONDS
            self._next_probe = self._clock() + self._pause
            return opens

    def succeeded(self) -> bool:
        """Note that the tier answered; tell whether that is news."""
        if self._next_probe is None:
            return False
        with self._lock:
            closes, self._next_probe = self._next_probe is not None, None
            return closes

    def _may_probe(self) -> bool:
        with self._lock:
            now = self._clock()
            if self._next_probe is not None and now < self._next_probe:
                return False
            self._pause = min(self._pause * 2, PAUSE_SECONDS)
            self._next_probe = now + self._pause
            return True
