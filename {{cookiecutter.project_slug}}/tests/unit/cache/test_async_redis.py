"""Reads of Redis from event loops, over connections of their own."""

import asyncio
import secrets
from typing import Any

import pytest
import redis
from django.core.cache import caches
from pytest_django import Settings
from structlog.testing import capture_logs

from framework.cache import cache_stats
from framework.cache.async_redis import MOST, connections_to
from framework.cache.coherence.channel import stop_all
from framework.cache.tier import tier_of
from tests.patience import PATIENCE_SECONDS, eventually

from .configurations import tiered
from .servers import HeldLine, PrivateRedis, held_line

pytestmark = pytest.mark.redis


#: Seconds that a server may be silent for; a busy machine's is not, for so long.
SILENCE = 2.0
#: Where what stands before the server has to answer, too, with a thread for each connection.
PATIENT = 8.0


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
        connections = await connections_to(redis_server.url, PATIENCE_SECONDS)
        with redis.Redis(port=redis_server.port) as client:
            assert await connections.ask("PING", silence=PATIENCE_SECONDS) == b"PONG"
            return len(client.client_list(_type="normal"))

    assert asyncio.run(read()) <= MOST + 3
    with redis.Redis(port=redis_server.port) as client:
        # Those of the loop ended with it; the sync one may stay.
        assert len(client.client_list(_type="normal")) <= 3


@pytest.fixture
def brief(settings: Settings, redis_server: PrivateRedis, tmp_path: Any) -> Any:
    """Redis alone, whose silence ends in a test."""
    settings.CACHES = tiered(["redis"], tmp_path, redis_url=redis_server.url, redis_timeout=SILENCE)
    yield caches["default"]
    stop_all()


async def doubted(line: HeldLine, times: int) -> None:
    """Wait until ``line`` has seen so many who asked whether the server is there: the second time after a silence."""
    line.pings = 0
    assert await asyncio.to_thread(eventually, lambda: line.pings >= times)


async def test_who_waits_for_a_turn_does_not_wait_for_the_server(
    settings: Settings, redis_server: PrivateRedis, tmp_path: Any
) -> None:
    with held_line(redis_server, most=0) as line:
        settings.CACHES = tiered(["redis"], tmp_path, redis_url=line.url, redis_timeout=PATIENT)
        cache = caches["default"]
        await cache.aset_many({f"key{number}": number for number in range(1000)})
        line.goes.clear()
        waiting = asyncio.gather(*(cache.aget(f"key{number}") for number in range(1000)))
        await doubted(line, 2 * MOST)
        line.goes.set()
        found = await waiting
        stop_all()

    assert found == list(range(1000))
    assert not tier_of("redis").breaker.is_open


async def test_a_loop_that_was_busy_is_no_outage(brief: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    time, passed = loop.time, [0.0]
    monkeypatch.setattr(loop, "time", lambda: time() + passed[0], raising=False)

    def pass_by() -> None:
        passed[0] += 2 * SILENCE

    await brief.aset("key", "value")
    found = [await brief.aget("key")]
    for _ in range(5):
        waiting = asyncio.ensure_future(brief.aget("key"))
        # Once it has asked, the loop has had no time for as long.
        loop.call_soon(pass_by)
        found.append(await waiting)

    assert found == ["value"] * 6
    assert tier_of("redis").breaker.failures == 0


async def test_a_large_value_arrives_and_keeps_nobody_from_small_ones(
    settings: Settings, redis_server: PrivateRedis, tmp_path: Any
) -> None:
    large = secrets.token_bytes(4 * 1024 * 1024)
    with held_line(redis_server, most=1024 * 1024) as line:
        settings.CACHES = tiered(["redis"], tmp_path, redis_url=line.url, redis_timeout=SILENCE)
        cache = caches["default"]
        await cache.aset("large", large)
        await cache.aset("small", 1)
        line.goes.clear()
        waiting = asyncio.ensure_future(cache.aget("large"))
        small = [await cache.aget("small") for _ in range(20)]
        await doubted(line, 2)
        line.goes.set()
        found = await waiting
        stop_all()

    assert found == large
    assert small == [1] * 20
    assert not tier_of("redis").breaker.is_open


async def test_a_silent_server_keeps_a_herd_for_one_silence(brief: Any, redis_server: PrivateRedis) -> None:
    await brief.aset("key", "value")
    assert await brief.aget("key") == "value"
    before = tier_of("redis").breaker.failures

    with redis_server.frozen():
        found = await asyncio.gather(*(brief.aget("key") for _ in range(40 * MOST)))

    assert found == [None] * 40 * MOST
    # Who had a turn, and nobody after them.
    assert 1 <= tier_of("redis").breaker.failures - before <= MOST


def test_what_the_server_refuses_is_no_outage(brief: Any, redis_server: PrivateRedis) -> None:
    with redis.Redis(port=redis_server.port) as client:
        client.rpush(brief.last.cache.client.make_key(brief.make_key("list")), "a")

    # It is asked for texts and numbers only, and takes a list for none.
    with capture_logs() as logs, pytest.raises(ValueError, match="not found"):
        brief.incr("list")

    assert {log["event"] for log in logs} == {"cache_tier_refused"}
    brief.set("key", "value")
    assert brief.get("key") == "value"
