"""Whether the tiers of a cache answer."""

import time
from dataclasses import dataclass

from django.core.cache import caches

from .backend import TieredCache
from .memory import MemoryCache
from .statistics import cache_stats


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCondition:
    """One tier as this process sees it; counts are of this process, ``None`` is what cannot be known."""

    tier: str
    answers: bool
    milliseconds: float | None
    entries: int | None
    bytes: int | None
    hits: int
    misses: int
    errors: int


def condition(cache: TieredCache) -> list[TierCondition]:
    """Ask every tier for a key that nobody has, and return how that went."""
    counts = cache_stats().tiers
    farther = {tier.alias: tier for tier in [*cache.between, cache.last]}
    found = []
    for alias in cache.tiers:
        tier, backend = farther.get(alias), caches[alias]
        store = backend.store if isinstance(backend, MemoryCache) else None
        began = time.perf_counter()
        answers = tier is None or bool(tier.ask(lambda asked: asked.get("cache:probe") is None, default=False))
        milliseconds = round((time.perf_counter() - began) * 1000, 3) if tier is not None and answers else None
        of_tier = counts.get(alias, {})
        found.append(
            TierCondition(
                tier=alias,
                answers=answers,
                milliseconds=milliseconds,
                entries=len(store.entries) if store is not None else None,
                bytes=store.size if store is not None else None,
                hits=of_tier.get("hits", 0),
                misses=of_tier.get("misses", 0),
                errors=of_tier.get("errors", 0),
            )
        )
    return found
