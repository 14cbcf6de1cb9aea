"""Hits and misses of this process, by tier."""

import threading
from collections import Counter
from dataclasses import dataclass

_counts: Counter[tuple[str, str]] = Counter()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """Counts since the process started: by tier ``hits``, ``misses``, ``errors``; and writes."""

    tiers: dict[str, dict[str, int]]
    sets: int
    invalidations: int


def count(tier: str, what: str, number: int = 1) -> None:
    """Add to a counter."""
    with _lock:
        _counts[tier, what] += number


def cache_stats() -> CacheStats:
    """Return the counters of this process."""
    with _lock:
        counts = dict(_counts)
    tiers: dict[str, dict[str, int]] = {}
    for (tier, what), number in counts.items():
        if tier:
            tiers.setdefault(tier, {"hits": 0, "misses": 0, "errors": 0})[what] = number
    return CacheStats(tiers=tiers, sets=counts.get(("", "sets"), 0), invalidations=counts.get(("", "tags"), 0))


def reset() -> None:
    """Set every counter to zero."""
    with _lock:
        _counts.clear()
