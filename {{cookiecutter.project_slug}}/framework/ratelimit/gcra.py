"""The generic cell rate algorithm, in this process.

One moment is kept for each key: when it would be back at rest if nothing more came. A request moves that on by one
interval, and is refused if it would then be more than a whole period away. See
https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm; ITU-T I.371.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from framework.rates import Rate

MOST_KEYS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may go on; seconds until another one may, and until everything is as if none had come."""

    allowed: bool
    remaining: int
    retry_after: float
    reset_after: float


class LocalLimiter:
    """Decides by the memory of this process; the keys that were used longest ago are forgotten first."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._rests_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, key: str, rate: Rate, cost: int) -> Decision:
        """Count ``cost`` requests of ``key`` if they are within ``rate``."""
        with self._lock:
            now = self._clock()
            rests_at = max(self._rests_at.get(key, now), now)
            then = rests_at + rate.interval * cost
            # A hair's breadth of rounding must not refuse the last of a limit.
            over = then - now - rate.period
            if over > rate.interval * 1e-6:
                return Decision(False, 0, over, rests_at - now)
            self._rests_at[key] = then
            self._rests_at.move_to_end(key)
            if len(self._rests_at) > self._most_keys:
                self._rests_at.popitem(last=False)
            return Decision(True, int((rate.period - (then - now)) / rate.interval + 1e-6), 0.0, then - now)

    def clear(self) -> None:
        """Forget every key."""
        with self._lock:
            self._rests_at.clear()
