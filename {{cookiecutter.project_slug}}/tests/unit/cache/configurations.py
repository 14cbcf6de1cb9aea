"""Cache settings for tests: tiers with a file of generations and a Redis of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def tiered(tiers: Sequence[str], folder: Path, *, redis_url: str = "", **options: Any) -> dict[str, Any]:
    """Return CACHES with a tiered ``default`` over ``tiers``."""
    path = folder / f"{'-'.join(tiers)}.coherence"
    caches: dict[str, Any] = {
        "default": {
            "BACKEND": "framework.cache.backend.TieredCache",
            "OPTIONS": {"TIERS": list(tiers), "COHERENCE_FILE": str(path), **options},
        },
        "memory": {"BACKEND": "framework.cache.memory.MemoryCache", "LOCATION": str(folder)},
        "database": {
            "BACKEND": "framework.cache.database.DatabaseTier",
            "LOCATION": "cache_entry",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        },
    }
    if redis_url:
        caches["redis"] = {"BACKEND": "framework.cache.redis.RedisTier", "LOCATION": redis_url}
    return caches
