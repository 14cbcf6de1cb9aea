"""The shared tier goes away and comes back."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from pytest_django import Settings

from framework.cache import cached, invalidate_tags
from framework.cache.backend import TieredCache
from framework.cache.breaker import Breaker
from framework.cache.statistics import cache_stats
from framework.cache.tier import MOST_SUSPECTS, tier_of
from tests.patience import eventually

from .configurations import tiered
from .servers import PrivateRedis

pytestmark = pytest.mark.redis
#: For tests in which Redis hangs: longer than it ever takes to answer.
gives_up = pytest.mark.parametrize("redis_cache", [2.0], indirect=True)


def test_no_call_fails_while_redis_is_gone_and_all_work_again_after(
    redis_cache: TieredCache, redis_server: PrivateRedis
) -> None:
    redis_cache.set("key", "value")
    redis_cache.get("key")

    redis_server.kill()
    _use_everything(redis_cache)
    assert redis_cache.get("key", "gone") in {"value", "gone"}  # memory goes on for the lease's three seconds
    redis_cache.set("key", "written")
    assert redis_cache.get("key") is None  # skipped, and the copy with it
    assert cache_stats().tiers["redis"]["errors"] >= 1
    redis_server.start()

    assert eventually(lambda: redis_cache.add("back", "yes"))
    assert redis_cache.get("back") == "yes"


@gives_up
def test_a_frozen_server_holds_up_one_call(
    redis_cache: TieredCache, redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_cache.set("key", "value")
    monkeypatch.setattr(redis_cache.last, "breaker", Breaker(clock=lambda: 0.0))
    before = cache_stats().tiers["redis"]["errors"]

    with redis_server.frozen():
        for number in range(200):
            redis_cache.get(f"other:{number}")
            redis_cache.set("other", number)

    assert cache_stats().tiers["redis"]["errors"] == before + 1


@gives_up
def test_what_changed_meanwhile_does_not_come_back_old(redis_cache: TieredCache, redis_server: PrivateRedis) -> None:
    @cached(ttl=600, key="summary", tags=["orders"])
    def summary() -> str:
        return state["value"]

    state = {"value": "old"}
    assert summary() == "old"
    redis_cache.set_many({"set": "old", "deleted": "old"})

    with redis_server.frozen():
        redis_cache.set("set", "new")
        redis_cache.delete("deleted")
        state["value"] = "new"
        invalidate_tags("orders")
        assert redis_cache.last.suspects >= 3

    assert eventually(lambda: _is_settled(redis_cache))
    assert redis_cache.get("set") is None
    assert redis_cache.get("deleted") is None
    assert summary() == "new"
    assert redis_cache.last.suspects == 0


def test_without_redis_at_the_start_everything_is_a_miss(settings: Settings, tmp_path: Path) -> None:
    settings.CACHES = tiered(["memory", "redis"], tmp_path, redis_url="redis://127.0.0.1:1/0")
    cache = caches["default"]
    assert isinstance(cache, TieredCache)

    _use_everything(cache)

    assert cache.get_or_set("key", lambda: "computed") == "computed"


def test_clearing_spares_what_is_not_ours(redis_cache: TieredCache, redis_server: PrivateRedis) -> None:
    import redis

    with redis.Redis(port=redis_server.port) as client:
        client.set("dramatiq:queue", "message")
        redis_cache.set_many({str(number): "x" for number in range(2_500)})
        assert client.dbsize() == 2_501

        redis_cache.clear()

        assert client.keys("*") == [b"dramatiq:queue"]


def test_two_aliases_with_one_url_keep_their_own_timeouts(settings: Settings, tmp_path: Path) -> None:
    url = "redis://127.0.0.1:1/0"
    patient = {"BACKEND": "framework.cache.redis.RedisTier", "LOCATION": url, "OPTIONS": {"SOCKET_TIMEOUT": 3}}
    settings.CACHES = {**tiered(["redis"], tmp_path, redis_url=url, redis_timeout=0.1), "patient": patient}

    tiers: list[Any] = [caches["redis"], caches["patient"]]

    pools = [tier.client.get_client().connection_pool for tier in tiers]

    assert [pool.connection_kwargs["socket_timeout"] for pool in pools] == [0.1, 3]
    assert [pool.connection_kwargs["retry"].get_retries() for pool in pools] == [0, 0]


def test_more_suspects_than_can_be_remembered_clear_the_tier(
    redis_cache: TieredCache, redis_server: PrivateRedis
) -> None:
    redis_cache.set("untouched", "value")
    tier = redis_cache.last

    tier._suspect(str(number) for number in range(MOST_SUSPECTS + 1))

    assert redis_cache.get("untouched") is None
    assert tier_of("redis") is tier


def _is_settled(cache: TieredCache) -> bool:
    cache.get("probe")
    return cache.last.suspects == 0 and not cache.last.breaker.is_open


def _use_everything(cache: TieredCache) -> None:
    cache.set("a", [1])
    cache.set_many({"b": "1", "c": "2"})
    assert cache.get("a") is None
    assert cache.get_many(["a", "b"]) == {}
    assert cache.add("a", "1") is False
    assert cache.touch("a") is False
    assert cache.delete("a") is False
    assert cache.has_key("a") is False
    assert cache.get_or_set("d", lambda: "computed") == "computed"
    cache.delete_many(["a", "b"])
    with pytest.raises(ValueError, match="not found"):
        cache.incr("counter")
    invalidate_tags("tag")
    cache.clear()
