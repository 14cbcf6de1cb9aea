"""Ten thousand keys under one tag, outdated."""

import asyncio
import time
from typing import Any, Final
from unittest import mock

KEYS: Final = 10_000


def ours() -> tuple[float, int]:
    """Return the milliseconds of outdating them all, and the round trips to Redis it took."""
    import redis.connection

    from framework.cache import cached, invalidate_tags

    calls = 0

    @cached(ttl="1h", key="tagged:{number}", tags=["benchmark"], early=0)
    def tagged(number: int) -> int:
        nonlocal calls
        calls += 1
        return number

    for number in range(KEYS):
        tagged(number)
    trips = 0
    send: Any = redis.connection.AbstractConnection.send_packed_command

    def counted(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal trips
        trips += 1
        send(self, *args, **kwargs)

    with mock.patch.object(redis.connection.AbstractConnection, "send_packed_command", counted):
        began = time.perf_counter()
        invalidate_tags("benchmark")
        spent = (time.perf_counter() - began) * 1e3
    assert (tagged(7), calls) == (7, KEYS + 1)
    return spent, trips


def cashews(url: str) -> float:
    """Return the milliseconds that cashews takes."""
    from cashews import Cache

    async def measure() -> float:
        cache = Cache()
        cache.setup(f"{url.removesuffix('/0')}/4", suppress=False)
        for number in range(KEYS):
            await cache.set(f"key:{number}", number, expire=3600, tags=["benchmark"])
        began = time.perf_counter()
        await cache.delete_tags("benchmark")
        spent = (time.perf_counter() - began) * 1e3
        await cache.close()
        return spent

    return asyncio.run(measure())


def delete_pattern() -> float:
    """Return the milliseconds that django-redis takes to delete by a pattern."""
    from django.core.cache import caches

    cache: Any = caches["django-redis"]
    cache.set_many({f"pattern:{number}": number for number in range(KEYS)}, 3600)
    began = time.perf_counter()
    assert cache.delete_pattern("pattern:*") == KEYS
    return (time.perf_counter() - began) * 1e3


def cacheops(url: str) -> float:
    """Return the milliseconds that cacheops takes to outdate results that depend on one model."""
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    call_command("migrate", "auth", verbosity=0)
    from cacheops import cached_as, invalidate_model

    @cached_as(Group, timeout=3600)  # type: ignore[untyped-decorator]  # it carries no types
    def depending(number: int) -> int:
        return number

    for number in range(KEYS):
        depending(number)
    began = time.perf_counter()
    invalidate_model(Group)
    return (time.perf_counter() - began) * 1e3
