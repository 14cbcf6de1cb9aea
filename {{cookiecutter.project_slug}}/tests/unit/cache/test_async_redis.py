"""Reads of Redis from event loops, over connections of their own."""

import asyncio
import secrets
import time
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.core.cache import caches
from pytest_django import Settings
from structlog.testing import capture_logs

from framework.cache import cache_stats
from framework.cache.async_redis import MOST, connections_to
from framework.cache.coherence.channel import stop_all
from framework.cache.tier import tier_of
from tests.patience import PATIENCE_SECONDS

from .configurations import tiered
from .servers import PrivateRedis

pytestmark = pytest.mark.redis


#: As a site has it.
TENTH = 0.1


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
            assert await connections.ask("PING", silence=PATIENCE_SECONDS) == b"PONG"
            return len(client.client_list(_type="normal"))

    assert asyncio.run(read()) <= MOST + 3
    with redis.Redis(port=redis_server.port) as client:
        # Those of the loop ended with it; the sync one may stay.
        assert len(client.client_list(_type="normal")) <= 3


@pytest.fixture
def quick(settings: Settings, redis_server: PrivateRedis, tmp_path: Any) -> Any:
    """Redis alone, which may be silent for a tenth of a second."""
    settings.CACHES = tiered(["redis"], tmp_path, redis_url=redis_server.url, redis_timeout=TENTH)
    yield caches["default"]
    stop_all()


def test_a_thousand_at_once_find_what_is_there(quick: Any) -> None:
    async def read() -> list[Any]:
        await quick.aset_many({f"key{number}": number for number in range(1000)})
        return await asyncio.gather(*(quick.aget(f"key{number}") for number in range(1000)))

    assert asyncio.run(read()) == list(range(1000))
    assert not tier_of("redis").breaker.is_open


def test_a_loop_that_was_busy_is_no_outage(quick: Any) -> None:
    async def read() -> list[Any]:
        await quick.aset("key", "value")
        found = []
        for _ in range(5):
            waiting = asyncio.ensure_future(quick.aget("key"))
            for _ in range(3):
                await asyncio.sleep(0)
            time.sleep(3 * TENTH)  # noqa: ASYNC251 - this is what keeps the loop
            found.append(await waiting)
        return found

    assert asyncio.run(read()) == ["value"] * 5
    assert not tier_of("redis").breaker.is_open


def test_large_values_arrive_and_keep_nobody_from_small_ones(quick: Any) -> None:
    large = secrets.token_bytes(30 * 1024 * 1024)

    async def read() -> tuple[Any, list[Any]]:
        await quick.aset("large", large)
        await quick.aset("small", 1)
        waiting = asyncio.ensure_future(quick.aget("large"))
        small = [await quick.aget("small") for _ in range(20)]
        return await waiting, small

    found, small = asyncio.run(read())

    assert found == large
    assert small == [1] * 20
    assert not tier_of("redis").breaker.is_open


def test_a_silent_server_keeps_a_herd_for_one_silence(quick: Any, redis_server: PrivateRedis) -> None:
    async def read() -> list[Any]:
        await quick.aset("key", "value")
        assert await quick.aget("key") == "value"
        with redis_server.frozen():
            return await asyncio.gather(*(quick.aget("key") for _ in range(40 * MOST)))

    before = tier_of("redis").breaker.failures
    assert asyncio.run(read()) == [None] * 40 * MOST
    # Who had a turn, and nobody after them.
    assert 1 <= tier_of("redis").breaker.failures - before <= MOST


def test_what_the_server_refuses_is_no_outage(quick: Any, redis_server: PrivateRedis) -> None:
    with redis.Redis(port=redis_server.port) as client:
        client.rpush(quick.last.cache.client.make_key(quick.make_key("list")), "a")

    with capture_logs() as logs:
        assert quick.get("list") is None
        assert async_to_sync(quick.aget)("list") is None

    assert {log["event"] for log in logs} <= {"cache_tier_refused"}
    quick.set("key", "value")
    assert quick.get("key") == "value"
