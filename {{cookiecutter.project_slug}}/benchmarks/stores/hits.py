"""What a hit costs, sync and async, in rounds that take turns."""

import asyncio
import pickle
import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median
from timeit import timeit
from typing import Any, Final, cast

ROUNDS: Final = 15

type Get = Callable[[], Any]


def microseconds(gets: Mapping[str, tuple[Get, int]]) -> dict[str, float]:
    """Return the median of each; a get comes with how often it is called in a round."""
    rounds: dict[str, list[float]] = {name: [] for name in gets}
    for _ in range(ROUNDS):
        for name, (get, number) in gets.items():
            rounds[name].append(timeit(get, number=number) / number * 1e6)
    return {name: median(taken) for name, taken in rounds.items()}


async def amicroseconds(gets: Mapping[str, tuple[Callable[[], Awaitable[Any]], int]]) -> dict[str, float]:
    """Return the same for gets that are awaited."""
    rounds: dict[str, list[float]] = {name: [] for name in gets}
    for _ in range(ROUNDS):
        for name, (get, number) in gets.items():
            began = time.perf_counter()
            for _ in range(number):
                await get()
            rounds[name].append((time.perf_counter() - began) / number * 1e6)
    return {name: median(taken) for name, taken in rounds.items()}


def async_hits(value: Any, url: str, *, with_peers: bool) -> dict[str, float]:
    """Return what ``aget`` costs: from memory, from Redis, and by redis.asyncio alone."""

    async def measure() -> dict[str, float]:
        from django.core.cache import caches
        from redis.asyncio import Redis

        near, far = caches["near-redis"], caches["far-redis"]
        client = Redis.from_url(f"{url.removesuffix('/0')}/5")
        await client.set("key", pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        for cache in (near, far):
            await cache.aset("key", value, 3600)
            await cache.aget("key")

        async def plain() -> Any:
            return pickle.loads(cast("bytes", await client.get("key")))  # noqa: S301 - our own

        gets: dict[str, tuple[Callable[[], Awaitable[Any]], int]] = {
            "async, ours, memory": (lambda: near.aget("key"), 5_000),
            "async, ours, Redis": (lambda: far.aget("key"), 300),
            "async, redis.asyncio": (plain, 300),
        }
        if with_peers:
            from cashews import Cache

            peer = Cache()
            peer.setup(f"{url.removesuffix('/0')}/6", client_side=True, suppress=False)
            await peer.set("key", value, expire=3600)
            await peer.get("key")
            gets["async, cashews client-side"] = (lambda: peer.get("key"), 5_000)
        found = await amicroseconds(gets)
        await client.aclose()
        return found

    return asyncio.run(measure())
