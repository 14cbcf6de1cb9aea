"""Redis behind sentinels: its master dies, and cache and tasks go on with the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from django.core.cache import caches
from pydantic import SecretStr
from pytest_django import Settings

from framework.cache.backend import TieredCache
from framework.cache.coherence.channel import stop_all
from framework.conf import CacheConfig
from framework.conf.redis import OUTAGES
from framework.ratelimit.redis import RedisLimiter
from framework.rates import Rate
from framework.tasks.brokers.redis import RedisOutboxBroker
from framework.tasks.relay import Relay
from framework.tasks.states import TaskState
from tests.patience import PATIENCE_SECONDS
from tests.requirement import need
from tests.servers import Redis
from tests.servers.sentinel import Guarded, guarded
from tests.unit.cache.configurations import tiered

from .conftest import System, broker_middleware, until

pytestmark = pytest.mark.redis


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Guarded]:
    """Run a master, a replica and a sentinel."""
    need(Redis.binary() is not None, "redis-server")
    with guarded(tmp_path) as running:
        yield running


@pytest.fixture
def url(service: Guarded) -> str:
    """Return the URL as the configuration passes it on."""
    config = CacheConfig(redis_url=SecretStr(service.url))
    assert config.redis_url is not None
    return config.redis_url.get_secret_value()


@pytest.fixture
def system(url: str, transactional_db: None) -> Iterator[System]:
    """Run a broker, a relay and a worker."""
    before = dramatiq.get_broker()
    broker = RedisOutboxBroker(url=url, middleware=broker_middleware())
    dramatiq.set_broker(broker)
    running = System(broker=broker, relay=Relay(broker))
    yield running
    running.stop()
    dramatiq.set_broker(before)


@pytest.fixture
def cache(url: str, settings: Settings, tmp_path: Path) -> Iterator[TieredCache]:
    """Return a cache in front of the service."""
    settings.CACHES = tiered(["memory", "redis"], tmp_path, redis_url=url)
    cache = caches["default"]
    assert isinstance(cache, TieredCache)
    yield cache
    stop_all()


def test_cache_and_tasks_follow_the_master(service: Guarded, system: System, cache: TieredCache) -> None:
    @system.actor
    def note(number: int) -> int:
        return number

    system.start()
    caches["redis"].set("key", "before")
    assert caches["redis"].get("key") == "before"
    until(cache.coherence.is_fresh)
    assert [task.state for task in system.settled(note.send(1))] == [TaskState.DONE]

    service.master.kill()
    messages = [note.send(number) for number in range(20)]

    assert {task.state for task in system.settled(*messages)} == {TaskState.DONE}
    until(lambda: cache.add("new", "value"))
    caches["redis"].set("key", "after")
    assert caches["redis"].get("key") == "after"
    until(cache.coherence.is_fresh)


def test_event_loops_take_no_thread_and_follow_the_master(
    service: Guarded, cache: TieredCache, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = RedisLimiter(url, "limits:", PATIENCE_SECONDS)

    async def read() -> Any:
        with monkeypatch.context() as patch:
            for module in ("backend", "tier"):
                patch.setattr(f"framework.cache.{module}.sync_to_async", None)
            caches["memory"].clear()
            return await caches["default"].aget("whole"), (await limiter.acheck("visitor", Rate(5, 86_400), 1)).allowed

    async def follow() -> Any:
        found = [await read()]
        service.master.kill()
        await asyncio.to_thread(until, lambda: cache.add("new", "value"))
        await asyncio.to_thread(cache.set, "whole", "after")
        for _ in range(10_000):
            if (last := await _unless_away(read)) is not None:
                return [*found, last]
        return found

    cache.set("whole", "before")
    assert asyncio.run(follow()) == [("before", True), ("after", True)]


async def _unless_away(read: Callable[[], Awaitable[Any]]) -> Any:
    try:
        found = await read()
    except OUTAGES:
        return None
    return found if found[0] == "after" else None
