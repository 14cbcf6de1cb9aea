"""Django's cache API, one body of tests over every way of stacking the tiers."""

import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pickle import PicklingError
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache, CacheKeyWarning
from django.db import connections
from pytest_django import Settings

from framework.cache.amending import Amendment
from framework.cache.coherence.channel import stop_all
from framework.cache.envelope import unwrap
from framework.cache.exceptions import InvalidTTLError
from framework.cache.redis import RedisTier
from tests.unit.cache.configurations import tiered
from tests.unit.cache.servers import private_redis

VALUES = [
    0,
    1,
    -(2**40),
    1.5,
    True,
    False,
    "",
    "text",
    "ünï",
    b"bytes",
    (1, "a"),
    [1, {"a": (2,)}],
    {"a": None},
    {1, 2},
]
MISSING = object()
DATABASE = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url
    stop_all()


@pytest.fixture(
    params=[
        "memory",
        pytest.param("memory-database", marks=DATABASE),
        pytest.param("memory-redis", marks=pytest.mark.redis),
        pytest.param("redis", marks=pytest.mark.redis),
        pytest.param("memory-redis-database", marks=[pytest.mark.redis, DATABASE]),
    ]
)
def cache(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[BaseCache]:
    tiers = request.param.split("-")
    url = request.getfixturevalue("redis_url") if "redis" in tiers else ""
    settings.CACHES = tiered(tiers, tmp_path, redis_url=url)
    cache = caches["default"]
    cache.clear()
    yield cache
    cache.clear()


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_equal_and_of_its_type(cache: BaseCache, value: object) -> None:
    cache.set("key", value)

    first, second = cache.get("key"), cache.get("key")

    assert first == second == value
    assert type(first) is type(second) is type(value)


def test_none_is_a_value(cache: BaseCache) -> None:
    cache.set("key", None)

    assert cache.get("key", "default") is None
    assert "key" in cache
    assert cache.get("other", "default") == "default"
    assert cache.add("key", 1) is False


def test_a_change_of_a_returned_value_stays_with_the_caller(cache: BaseCache) -> None:
    value = {"rows": [1]}
    cache.set("key", value)
    value["rows"].append(2)
    for _ in range(3):
        cache.get("key")["rows"].append(3)

    assert cache.get("key") == {"rows": [1]}
    assert cache.get_many(["key"]) == {"key": {"rows": [1]}}


def test_a_write_replaces_what_was_read_before(cache: BaseCache) -> None:
    for value in ("one", "two", ["three"]):
        cache.set("key", value)
        assert [cache.get("key"), cache.get("key")] == [value, value]


def test_add_stores_only_what_is_not_there(cache: BaseCache) -> None:
    assert cache.get("key") is None
    assert cache.add("key", "first") is True
    assert cache.add("key", "second") is False
    assert cache.get("key") == "first"


def test_delete_tells_whether_it_was_there(cache: BaseCache) -> None:
    cache.set("key", "value")
    assert cache.get("key") == "value"

    assert cache.delete("key") is True
    assert cache.delete("key") is False
    assert cache.get("key") is None
    assert cache.has_key("key") is False


def test_many_at_once(cache: BaseCache) -> None:
    assert cache.set_many({"a": "1", "b": [2], "c": None}) == []
    assert cache.get("a") == "1"

    assert cache.get_many(["a", "b", "c", "d"]) == {"a": "1", "b": [2], "c": None}
    cache.delete_many(iter(["a", "b"]))
    assert cache.get_many(iter(["a", "b", "c"])) == {"c": None}
    assert cache.get_many([]) == {}
    assert cache.set_many({}) == []
    cache.delete_many([])


def test_counting(cache: BaseCache) -> None:
    cache.set("hits", 41)
    assert cache.get("hits") == 41

    assert cache.incr("hits") == 42
    assert cache.get("hits") == 42
    assert cache.incr("hits", 10) == 52
    assert cache.decr("hits", 2) == 50
    assert cache.incr("hits", -60) == -10
    with pytest.raises(ValueError, match="missing"):
        cache.incr("missing")
    cache.set("text", "text")
    with pytest.raises(TypeError):
        cache.incr("text")


def test_of_many_increments_none_is_lost(cache: BaseCache) -> None:
    cache.set("hits", 0)

    def work(_: int) -> None:
        for _ in range(25):
            caches["default"].incr("hits")
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert cache.get("hits") == 100


def test_of_many_who_add_one_wins(cache: BaseCache) -> None:
    def work(number: int) -> bool:
        won = caches["default"].add("leader", str(number))
        connections.close_all()
        return won

    with ThreadPoolExecutor(4) as pool:
        winners = list(pool.map(work, range(8)))

    assert winners.count(True) == 1
    assert cache.get("leader") == str(winners.index(True))


@pytest.mark.parametrize("timeout", [0, -1])
def test_no_time_to_live_means_not_stored(cache: BaseCache, timeout: int) -> None:
    cache.set("key", "old")
    assert cache.get("key") == "old"

    cache.set("key", "value", timeout=timeout)

    # The database tier counts whole seconds and lets an entry live through the one it ends in.
    if timeout < 0 or "database" not in getattr(cache, "tiers", ()):
        assert cache.get("key") is None


def test_touch(cache: BaseCache) -> None:
    cache.set("key", "value", timeout=60)
    assert cache.get("key") == "value"

    assert cache.touch("key", 3600) is True
    assert cache.get("key") == "value"
    assert cache.touch("key", None) is True
    assert cache.touch("key") is True
    assert cache.get("key") == "value"
    assert cache.touch("missing") is False
    cache.touch("key", -2)
    assert cache.get("key") is None


def test_a_touch_keeps_what_is_stored_meanwhile(cache: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.set("key", "old", 1000)
    last = cache.last.cache
    read = last.get

    def overtaken(*args: Any, **options: Any) -> Any:
        found = read(*args, **options)
        monkeypatch.undo()
        cache.set("key", "new", 1000)
        return found

    monkeypatch.setattr(last, "get", overtaken)

    assert cache.touch("key", 500) is True
    assert cache.get("key") == "new"
    _, ends, _ = unwrap(cache.make_key("key"), cache.last.cache.get(cache.make_key("key")))
    assert ends is None or ends <= time.time() + 500


def test_an_amendment_is_of_the_present_value(cache: Any) -> None:
    cache.set("key", [1], 1000)
    last, made = cache.last.cache, cache.make_key("key")
    seen = []

    def change(stored: Any) -> Amendment:
        seen.append(stored[-1])
        if len(seen) == 1 and isinstance(last, RedisTier):
            # The others hold a lock.
            cache.set("key", [2], 1000)
        return Amendment((*stored[:-1], [*stored[-1], 3]), 500)

    assert last.amend(made, change)
    assert cache.get("key") == [*seen[-1], 3]
    assert last.amend(made, lambda stored: None)
    assert last.amend(made, lambda stored: Amendment())
    assert not last.has_key(made)
    assert not last.amend(made, change)


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, -(2**63) - 1, 10**4400], ids=["most", "more", "less", "huge"])
def test_whole_numbers_of_any_size(cache: BaseCache, number: int) -> None:
    cache.set("key", number, 1000)

    assert cache.get("key") == number
    assert cache.incr("key") == number + 1
    assert cache.get("key") == number + 1


@pytest.mark.parametrize("key", ["\ud800", "a\0b", "x" * 300 + "\udfff"], ids=["surrogate", "nul", "long"])
def test_keys_of_any_text(cache: BaseCache, key: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheKeyWarning)
        cache.set(key, "value")
        cache.set(f"{key}'s", "other")
        assert [cache.get(key), cache.get_many([key])] == ["value", {key: "value"}]
        assert cache.touch(key, 100)
        assert cache.delete(key)
        assert cache.get_or_set(key, lambda: "made") == "made"
        assert cache.delete(key)
        assert (cache.get(key), cache.get(f"{key}'s")) == (None, "other")


@pytest.mark.parametrize("timeout", [1e18, float("inf"), float("nan"), -1e300])
def test_a_timeout_that_nothing_can_count_is_refused(cache: BaseCache, timeout: float) -> None:
    cache.set("key", "value")
    for change in (cache.set, cache.add):
        with pytest.raises(InvalidTTLError, match="None stands for never"):
            change("other", 1, timeout)
    with pytest.raises(InvalidTTLError, match="None stands for never"):
        cache.touch("key", timeout)

    assert cache.get("key") == "value"


def test_versions_are_apart(cache: BaseCache) -> None:
    cache.set("key", "one")
    cache.set("key", "two", version=2)
    assert (cache.get("key"), cache.get("key", version=2)) == ("one", "two")

    cache.delete("key", version=2)
    cache.incr_version("key")

    assert cache.get("key") is None
    assert cache.get("key", version=2) == "one"
    assert cache.decr_version("key", version=2) == 1
    assert cache.get("key") == "one"


def test_clear_leaves_nothing(cache: BaseCache) -> None:
    cache.set_many({"a": "1", "b": "2"})
    assert cache.get("a") == "1"

    cache.clear()

    assert cache.get_many(["a", "b"]) == {}


def test_get_or_set(cache: BaseCache) -> None:
    assert cache.get_or_set("key", lambda: "computed") == "computed"
    assert cache.get_or_set("key", lambda: "again") == "computed"
    assert cache.get_or_set("plain", "value") == "value"
    assert cache.get_or_set("none", lambda: None) is None
    assert cache.get("none", "default") is None


def test_a_value_that_cannot_be_stored_raises_and_leaves_the_old_one(cache: BaseCache) -> None:
    cache.set("key", "old")

    with pytest.raises((PicklingError, AttributeError, TypeError)):
        cache.set("key", lambda: None)

    assert cache.get("key") == "old"


@pytest.mark.parametrize("key", ["with space", "x" * 300, "control\x07"], ids=["space", "long", "control"])
def test_a_key_that_not_every_cache_takes_is_warned_of(cache: BaseCache, key: str) -> None:
    with pytest.warns(CacheKeyWarning):
        cache.get(key)


async def test_the_async_api(cache: BaseCache) -> None:
    await cache.aset("key", ["value"])
    assert await cache.aget("key") == ["value"]
    assert await cache.aget("key") == ["value"]
    assert await cache.aadd("key", "other") is False
    assert await cache.ahas_key("key")
    assert await cache.aset_many({"a": 1, "b": None}) == []
    assert await cache.aget_many(["a", "b", "c"]) == {"a": 1, "b": None}
    assert await cache.aincr("a", 2) == 3
    assert await cache.adecr("a") == 2
    assert await cache.atouch("key", 60)
    assert await cache.aget_or_set("new", lambda: "computed") == "computed"
    assert await cache.aget("missing", MISSING) is MISSING
    assert await cache.adelete("key")
    await cache.adelete_many(["a"])
    assert await cache.aget("a") is None
    await cache.aclear()
    assert await cache.aget("new") is None
    # The thread of asgiref outlives the test, and PostgreSQL counts its sessions.
    await sync_to_async(connections.close_all)()


def test_sessions_live_on_it(cache: BaseCache) -> None:
    from django.contrib.sessions.backends.cache import SessionStore

    session: Any = SessionStore()
    session["cart"] = [1, 2]
    session.save()

    assert SessionStore(session.session_key)["cart"] == [1, 2]
    session.flush()
    assert "cart" not in SessionStore(session.session_key)
