"""Cache settings for tests: tiers with a file of generations and a Redis of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE_SECONDS


def tiered(
    tiers: Sequence[str], folder: Path, *, redis_url: str = "", redis_timeout: float = PATIENCE_SECONDS, **options: Any
) -> dict[str, Any]:
    """Return CACHES with a tiered ``default`` over ``tiers``; only tests of outages give up on Redis soon."""
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
        caches["redis"]["OPTIONS"] = {"SOCKET_TIMEOUT": redis_timeout}
    return caches
