"""Whoever can write to Redis or to the table cannot run code here, nor hand one key's value to another."""

import base64
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import caches

from framework.cache import TieredCache, cache_stats
from framework.cache.autocommit import autocommit_connection
from framework.cache.formats import SealedPickle

type Plant = Callable[[TieredCache, str, bytes], None]


class Bomb:
    """A pickle that leaves a file behind when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def in_table(cache: TieredCache, key: str, data: bytes) -> None:
    with autocommit_connection("default", "cache_entry") as connection, connection.cursor() as cursor:
        text = base64.b64encode(data).decode()
        cursor.execute("UPDATE cache_entry SET value = %s WHERE cache_key = %s", [text, cache.last.cache.make_key(key)])
        assert cursor.rowcount == 1


def in_redis(cache: TieredCache, key: str, data: bytes) -> None:
    url = cache.last.cache._url  # type: ignore[attr-defined]
    with redis.Redis.from_url(url) as client:
        assert client.set(cache.last.cache.make_key(key), data, xx=True)


def forget_copies() -> None:
    caches["memory"].clear()


@pytest.fixture(params=["database", pytest.param("redis", marks=pytest.mark.redis)])
def planted(request: pytest.FixtureRequest) -> tuple[TieredCache, Plant]:
    """Return a tiered cache, and how to write past it into its last tier."""
    name = request.param
    return request.getfixturevalue(f"{name}_cache"), in_table if name == "database" else in_redis


def made(cache: TieredCache, key: str) -> str:
    return str(cache.make_key(key))


def test_a_forged_pickle_never_runs(planted: tuple[TieredCache, Plant], tmp_path: Path) -> None:
    cache, plant = planted
    left_behind = tmp_path / "ran"
    forged = pickle.dumps(Bomb(left_behind))
    # The bomb is one.
    pickle.loads(forged)  # noqa: S301 - our own
    left_behind.unlink()

    for data in (forged, SealedPickle().dumps("a seal of other bytes")[:17] + forged):
        cache.set("key", "value")
        plant(cache, made(cache, "key"), data)
        forget_copies()
        assert cache.get("key", "missing") == "missing"
        assert cache.get_many(["key", "other"]) == {}

    assert not left_behind.exists()
    assert cache_stats().unreadable == 2


def test_its_place_is_free_again(planted: tuple[TieredCache, Plant]) -> None:
    cache, plant = planted
    cache.set_many({"key": "value", "other": "kept"})
    plant(cache, made(cache, "key"), b"noise")
    forget_copies()

    assert cache.get_many(["key", "other"]) == {"other": "kept"}
    assert cache.add("key", "new")
    assert cache.get("key") == "new"


def test_a_value_that_was_moved_to_another_key_is_not_taken(planted: tuple[TieredCache, Plant]) -> None:
    cache, plant = planted
    cache.set_many({"session:visitor": "mine", "session:admin": "theirs"})
    moved = SealedPickle().dumps(("tiered/2", made(cache, "session:admin"), None, "theirs"))
    plant(cache, made(cache, "session:visitor"), moved)
    forget_copies()

    assert cache.get("session:visitor", "missing") == "missing"
    assert cache.get("session:admin") == "theirs"
