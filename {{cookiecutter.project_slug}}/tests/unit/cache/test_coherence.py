"""What one process changed, another one sees."""

import ctypes
import threading
import time
from typing import Any

import pytest
import redis
from django.core.cache import caches

from framework.cache.backend import TieredCache
from framework.cache.envelope import MISSING
from framework.cache.statistics import cache_stats
from tests.patience import PATIENCE_SECONDS, eventually

from .processes import neighbour
from .servers import PrivateRedis


@pytest.mark.parametrize(("action", "expected"), [("set", "new"), ("delete", None)])
def test_a_change_in_another_process_is_seen_at_once(
    database_cache: TieredCache, action: str, expected: str | None
) -> None:
    _expect_to_see(database_cache, action, expected)


@pytest.mark.redis
@pytest.mark.parametrize(("action", "expected"), [("set", "new"), ("delete", None)])
def test_with_redis_a_change_in_another_process_is_seen_at_once(
    redis_cache: TieredCache, action: str, expected: str | None
) -> None:
    _expect_to_see(redis_cache, action, expected)


@pytest.mark.redis
def test_a_change_on_another_host_is_heard(redis_cache: TieredCache, redis_server: PrivateRedis) -> None:
    """Another host has another file of generations, so only the message can tell."""
    host = TieredCache("", {"OPTIONS": {"TIERS": ["redis"], "COHERENCE_FILE": redis_cache._path + "-other-host"}})
    assert host.coherence.generations.host != redis_cache.coherence.generations.host
    redis_cache.set("shared", "old")
    assert [redis_cache.get("shared"), redis_cache.get("shared")] == ["old", "old"]

    host.set("shared", "new")

    assert eventually(lambda: redis_cache.get("shared") == "new")


@pytest.mark.redis
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnhandledThreadExceptionWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_listener_whose_thread_was_killed_is_replaced(redis_cache: TieredCache) -> None:
    [thread] = [each for each in threading.enumerate() if each.name == "cache-coherence"]
    assert thread.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))

    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    redis_cache.coherence.is_fresh()

    assert eventually(redis_cache.coherence.is_fresh)
    [other] = [each for each in threading.enumerate() if each.name == "cache-coherence"]
    assert other is not thread


def test_after_a_lost_connection_nothing_in_memory_is_believed(
    redis_cache: TieredCache, redis_server: PrivateRedis
) -> None:
    redis_cache.set("key", "value")
    assert [redis_cache.get("key"), redis_cache.get("key")] == ["value", "value"]
    before = redis_cache.coherence.ticket(redis_cache.make_key("key"))

    with redis.Redis(port=redis_server.port) as admin:
        admin.client_kill_filter(_type="pubsub")

    assert eventually(lambda: redis_cache.coherence.ticket(redis_cache.make_key("key")) != before)
    assert redis_cache.copies is not None


@pytest.mark.redis
@pytest.mark.parametrize("redis_cache", [2.0], indirect=True)
def test_without_a_sign_of_life_memory_is_bypassed(redis_cache: TieredCache, redis_server: PrivateRedis) -> None:
    redis_cache.set("key", "value")
    assert [redis_cache.get("key"), redis_cache.get("key")] == ["value", "value"]

    with redis_server.frozen():
        assert eventually(lambda: not redis_cache.coherence.is_fresh())
        assert redis_cache.get("key", "bypassed") == "bypassed"

    assert eventually(lambda: redis_cache.coherence.is_fresh() and redis_cache.get("key") == "value")


def test_what_was_fetched_before_a_change_is_not_kept(
    database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader is held between its fetch and its store, and somebody writes meanwhile."""
    database_cache.set("key", "old")
    load = type(database_cache.last).load

    def load_and_lose_the_race(tier: Any, keys: list[str]) -> dict[str, Any]:
        fetched = load(tier, keys)
        monkeypatch.undo()
        database_cache.set("key", "new")
        return fetched

    monkeypatch.setattr(type(database_cache.last), "load", load_and_lose_the_race)
    assert database_cache.get("key") == "old"

    assert database_cache.get("key") == "new"


def test_the_second_read_is_a_hit_in_memory(database_cache: TieredCache) -> None:
    database_cache.set("key", "value")
    database_cache.get("key")
    before = cache_stats().tiers["memory"]["hits"]

    database_cache.get("key")

    stats = cache_stats()
    assert stats.tiers["memory"]["hits"] == before + 1
    assert stats.tiers["database"]["hits"] == 1
    assert stats.sets == 1


def test_a_shorter_life_ends_the_copy_too(database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    database_cache.set("key", "value", timeout=3600)
    database_cache.touch("key", timeout=20)
    assert [database_cache.get("key"), database_cache.get("key")] == ["value", "value"]
    assert database_cache.copies is not None

    monkeypatch.setattr(time, "time", lambda: now + 30)

    place = database_cache.copies.space + database_cache.make_key("key")
    assert database_cache.copies.recall(place) is MISSING


def _expect_to_see(cache: TieredCache, action: str, expected: str | None) -> None:
    cache.set("shared", "old")
    with neighbour(action) as other:
        assert [cache.get("shared"), caches["default"].get("shared")] == ["old", "old"]

        other.ask("new")
        other.finish()

        # Processes of a host share a file that tells of the change before the change is done.
        assert cache.get("shared") == expected
