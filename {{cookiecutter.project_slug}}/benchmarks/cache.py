"""What a hit costs: ours against Django's LocMemCache and django-redis, in one run.

    uv run python benchmarks/cache.py [--json FILE]

Rounds are interleaved and the median is shown, in microseconds; compare ratios, not machines.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("ENVIRONMENT", "test")

import django
from django.conf import settings
from django.core.cache import caches

from benchmarks import report
from framework.cache.coherence.channel import stop_all
from tests.unit.cache.configurations import tiered
from tests.unit.cache.servers import eventually, private_redis

ROUNDS: Final = 9
VALUES: Final[dict[str, Any]] = {
    "small dict": {"id": 7, "name": "Ada", "tags": ["a", "b"], "active": True},
    "10 KB structure": {"rows": [{"id": number, "name": f"row {number}", "price": 1.5} for number in range(260)]},
    "10 KB str": "x" * 10_240,
}
CACHES: Final = {
    "ours, memory+redis": "near-redis",
    "ours, memory+database": "near-database",
    "ours, memory alone": "memory",
    "ours, redis alone": "far-redis",
    "LocMemCache": "locmem",
    "django-redis": "peer-redis",
}
SLOW: Final = {"far-redis", "peer-redis"}


def configure(folder: Path, url: str) -> None:
    """Give Django every cache of the comparison."""
    near_redis = tiered(["memory", "redis"], folder, redis_url=url)
    near_database = tiered(["memory", "database"], folder)
    settings.CACHES = {
        **near_redis,
        "near-redis": near_redis["default"],
        "near-database": near_database["default"],
        "far-redis": tiered(["redis"], folder)["default"],
        "locmem": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "peer"},
        "peer-redis": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": url.removesuffix("/0") + "/1"},
    }
    settings.DATABASES["default"]["NAME"] = str(folder / "benchmark.sqlite3")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", "cache", verbosity=0)


def microseconds(call: Callable[[], object], number: int) -> float:
    """Return the mean of one round."""
    began = time.perf_counter()
    for _ in range(number):
        call()
    return (time.perf_counter() - began) / number * 1e6


async def amicroseconds(alias: str, number: int) -> float:
    """Return the mean of one round of ``aget``."""
    cache = caches[alias]
    began = time.perf_counter()
    for _ in range(number):
        await cache.aget("key")
    return (time.perf_counter() - began) / number * 1e6


def measure(value: Any) -> dict[str, float]:
    """Return the median of each cache for one value."""
    rounds: dict[str, list[float]] = {name: [] for name in CACHES}
    for alias in CACHES.values():
        caches[alias].set("key", value, 3600)
    for _ in range(ROUNDS):
        for name, alias in CACHES.items():
            cache = caches[alias]
            assert cache.get("key") == value
            assert cache.get("key") == value
            number = 300 if alias in SLOW else 5_000
            rounds[name].append(microseconds(partial(cache.get, "key"), number))
    return {name: median(taken) for name, taken in rounds.items()}


def measure_async() -> dict[str, float]:
    """Return the median of ``aget`` on a small dict."""
    names = {"ours, memory+redis": "near-redis", "django-redis": "peer-redis"}
    for alias in names.values():
        caches[alias].set("key", VALUES["small dict"], 3600)
        caches[alias].get("key")
    return {
        name: median(asyncio.run(amicroseconds(alias, 300 if alias in SLOW else 5_000)) for _ in range(ROUNDS))
        for name, alias in names.items()
    }


def measure_decorator() -> float:
    """Return the median of a hit of ``@cached`` with one tag, over memory and the default tier."""
    from framework.cache import cached

    @cached(ttl="10m", key="benchmark", tags=["benchmark"])
    def summary() -> dict[str, int]:
        return {"orders": 1}

    for _ in range(3):
        summary()
    return median(microseconds(summary, 5_000) for _ in range(ROUNDS))


def table(results: dict[str, dict[str, float]]) -> str:
    """Return the results and their ratio to LocMemCache."""
    lines = [f"{'get, microseconds':26}" + "".join(f"{value:>24}" for value in results)]
    for name in CACHES:
        cells = [f"{taken[name]:14.2f} ({taken[name] / taken['LocMemCache']:6.2f}x)" for taken in results.values()]
        lines.append(f"{name:26}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    options = report.parser("Measure what a hit costs.", has_goals=False).parse_args()
    with tempfile.TemporaryDirectory() as name, private_redis(Path(name)) as server:
        configure(Path(name), server.url)
        caches["near-redis"].get("key")
        assert eventually(caches["near-redis"].coherence.is_fresh)  # type: ignore[attr-defined]
        results = {label: measure(value) for label, value in VALUES.items()}
        awaited, decorated = measure_async(), measure_decorator()
        stop_all()
    print(table(results))
    for cache, taken in awaited.items():
        print(f"aget, small dict, {cache}: {taken:.2f}")
    print(f"@cached with one tag, a hit: {decorated:.2f}")
    report.finish(options, {"get": results, "aget": awaited, "cached": decorated})


if __name__ == "__main__":
    main()
