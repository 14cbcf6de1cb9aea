"""The cache in tests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest import mock

from django.core.cache import cache

from . import statistics
from .background import finish_recomputing


@dataclass(slots=True)
class Hits:
    """What a block asked of each tier; filled at its end."""

    hits: dict[str, int] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)


@contextmanager
def isolated_cache() -> Iterator[None]:
    """Begin and end the block with an empty default cache and counters at zero."""
    finish_recomputing()
    cache.clear()
    statistics.reset()
    try:
        yield
    finally:
        finish_recomputing()
        cache.clear()
        statistics.reset()


@contextmanager
def count_hits() -> Iterator[Hits]:
    """Count the hits and misses of the block by tier, in all threads of this process."""
    counted = Hits()
    before = statistics.cache_stats().tiers
    try:
        yield counted
    finally:
        for tier, counts in statistics.cache_stats().tiers.items():
            earlier = before.get(tier, {})
            counted.hits[tier] = counts["hits"] - earlier.get("hits", 0)
            counted.misses[tier] = counts["misses"] - earlier.get("misses", 0)


@contextmanager
def time_passes(seconds: float) -> Iterator[None]:
    """Let ``seconds`` more have passed inside the block, for this process; Redis and PostgreSQL keep their own time.

    Results of ``@cached`` become stale and copies in memory end; an entry that a server removes stays.
    """
    clock = time.time
    with mock.patch("time.time", new=lambda: clock() + seconds):  # noqa: PT008 - it has to go on
        yield
