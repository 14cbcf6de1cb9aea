"""Reads of Redis from event loops, over connections of their own."""

import asyncio
from typing import Any

import pytest
import redis
from django.core.cache import caches
from pytest_django import Settings

from framework.cache import cache_stats
from framework.cache.async_redis import MOST, connections_to
from framework.cache.coherence.channel import stop_all

from .configurations import tiered
from .servers import PrivateRedis

pytestmark = pytest.mark.redis


@pytest.fixture
def far(settings: Settings, redis_server: PrivateRedis, tmp_path: Any) -> Any:
    """Redis alone, so that every read goes there."""
    settings.CACHES = tiered(["redis"], tmp_path, redis_url=redis_server.url)
    yield caches["default"]
    stop_all()


def test_connections_that_the_server_closed_are_no_outage(far: Any, redis_server: PrivateRedis) -> None:
    errors = cache_stats().tiers.get("redis", {}).get("errors", 0)

    async def read() -> list[Any]:
        await far.aset("key", "value")
        together = await asyncio.gather(*(far.aget("key") for _ in range(5)))
        with redis.Redis(port=redis_server.port) as client:
            client.client_kill_filter(_type="normal", skipme=True)
        return [*together, await far.aget("key"), *await asyncio.gather(*(far.aget("key") for _ in range(5)))]

    assert asyncio.run(read()) == ["value"] * 11
    assert cache_stats().tiers["redis"]["errors"] == errors


def test_an_answer_reaches_the_one_who_asked(far: Any, redis_server: PrivateRedis) -> None:
    async def read() -> list[Any]:
        await far.aset_many({f"key{number}": number for number in range(200)})
        for number in range(20):
            waiting = asyncio.ensure_future(far.aget(f"key{number}"))
            await asyncio.sleep(0)
            waiting.cancel()
        return await asyncio.gather(*(far.aget(f"key{number}") for number in range(200)))

    assert asyncio.run(read()) == list(range(200))


def test_a_herd_makes_few_connections(far: Any, redis_server: PrivateRedis) -> None:
    async def read() -> int:
        await far.aset("key", "value")
        await asyncio.gather(*(far.aget("key") for _ in range(20 * MOST)))
        connections = await connections_to(redis_server.url)
        with redis.Redis(port=redis_server.port) as client:
            assert await connections.ask("PING") == b"PONG"
            return len(client.client_list(_type="normal"))

    assert asyncio.run(read()) <= MOST + 3
    with redis.Redis(port=redis_server.port) as client:
        # Those of the loop ended with it; the sync one may stay.
        assert len(client.client_list(_type="normal")) <= 3
