"""The tiers together behave as one dictionary with expiry, whatever is done in whatever order."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db import connections
from hypothesis import example, given, settings as hypothesis_settings, strategies as st
from pytest_django import Settings

from framework.cache.coherence.channel import stop_all

from .configurations import tiered
from .servers import private_redis

MISSING: Final = object()
SHORT: Final = 0.05
LONG: Final = 3600
#: What clocks of servers, and their milliseconds, may be off by.
SLACK: Final = 0.02
WAIT: Final = SHORT + 3 * SLACK

type Operation = tuple[Any, ...]
type Do = Callable[..., Any]

keys = st.sampled_from(["a", "b", "c"])
versions = st.sampled_from([None, 2])
timeouts = st.sampled_from([LONG, LONG, None, SHORT, 0, -1])
values = st.sampled_from(
    [None, 0, 7, -1, True, "", "text", b"\x00", 1.5, (1, "a"), [1, [2]], {"k": {"n": None}}, "x" * 5000]
)
operations = st.one_of(
    st.tuples(st.just("get"), keys, versions),
    st.tuples(st.just("get_many"), versions),
    st.tuples(st.just("has_key"), keys, versions),
    st.tuples(st.just("set"), keys, values, timeouts, versions),
    st.tuples(st.just("set_many"), st.dictionaries(keys, values, max_size=3), timeouts, versions),
    st.tuples(st.just("add"), keys, values, timeouts, versions),
    st.tuples(st.just("get_or_set"), keys, values, versions),
    st.tuples(st.just("incr"), keys, st.integers(-3, 3), versions),
    st.tuples(st.just("touch"), keys, timeouts, versions),
    st.tuples(st.just("delete"), keys, versions),
    st.tuples(st.just("delete_many"), st.lists(keys, max_size=3), versions),
    st.tuples(st.just("clear")),
    st.tuples(st.just("wait")),
)
several = hypothesis_settings(max_examples=40)
DATABASE: Final = pytest.mark.django_db(transaction=True)


class Dictionary:
    """The dictionary; an entry has its value and the soonest and the latest moment of its end."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, int], tuple[Any, float, float]] = {}

    def look(self, key: str, version: int | None, began: float) -> tuple[Any, bool]:
        """Return the value or ``MISSING``, and whether that is certain for a question that began then and ends now."""
        entry = self._entries.get((key, version or 1))
        if entry is None:
            return MISSING, True
        value, soonest, latest = entry
        if began > latest + SLACK:
            return MISSING, True
        return value, time.time() < soonest - SLACK

    def ends_soon(self, key: str, version: int | None) -> bool:
        """Tell whether an entry that is there may end before whoever asks for it is answered."""
        entry = self._entries.get((key, version or 1))
        return entry is not None and time.time() < entry[2] + SLACK < time.time() + LONG / 2

    def put(self, key: str, version: int | None, value: Any, timeout: float | None, began: float) -> None:
        """Store ``value``, by an operation that began then and ends now."""
        if timeout is not None and timeout <= 0:
            self.drop(key, version)
            return
        ends = (float("inf"),) * 2 if timeout is None else (began + timeout, time.time() + timeout)
        self._entries[key, version or 1] = (value, *ends)

    def keep(self, key: str, version: int | None, value: Any) -> None:
        """Store ``value`` until the end that was."""
        self._entries[key, version or 1] = (value, *self._entries[key, version or 1][1:])

    def drop(self, key: str, version: int | None) -> None:
        """Remove an entry."""
        self._entries.pop((key, version or 1), None)

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()


async def compare(do: Callable[..., Awaitable[Any]], sequence: list[Operation]) -> None:
    """Do ``sequence`` with a cache and with a dictionary; what is certain has to agree."""
    model = Dictionary()
    for name, *arguments in sequence:
        began = time.time()
        if name == "wait":
            await do("wait")
        elif name == "clear":
            await do("clear")
            model.clear()
        elif name == "get_many":
            (version,) = arguments
            found = await do("get_many", ["a", "b", "c"], version=version)
            for key in ("a", "b", "c"):
                agree(model, key, version, began, found.get(key, MISSING))
        elif name == "set_many":
            data, timeout, version = arguments
            assert await do("set_many", data, timeout, version=version) == []
            for key, value in data.items():
                model.put(key, version, value, timeout, began)
        elif name == "delete_many":
            some, version = arguments
            await do("delete_many", some, version=version)
            for key in some:
                model.drop(key, version)
        else:
            await compare_one(do, model, name, arguments, began)


async def compare_one(do: Do, model: Dictionary, name: str, arguments: list[Any], began: float) -> None:
    """Do what concerns one key."""
    key, version = arguments[0], arguments[-1]
    if name == "get":
        agree(model, key, version, began, await do("get", key, MISSING, version=version))
    elif name == "set":
        await do("set", key, arguments[1], arguments[2], version=version)
        model.put(key, version, arguments[1], arguments[2], began)
    elif name == "delete":
        there = await do("delete", key, version=version)
        expected, is_certain = model.look(key, version, began)
        assert not is_certain or there is (expected is not MISSING)
        model.drop(key, version)
    else:
        await compare_conditional(do, model, name, arguments, began)


async def compare_conditional(  # noqa: C901 - a case for each operation
    do: Do, model: Dictionary, name: str, arguments: list[Any], began: float
) -> None:
    """Do what depends on whether the key is there; where that may change meanwhile the key is removed first."""
    key, version = arguments[0], arguments[-1]
    expected, is_certain = model.look(key, version, began)
    if not is_certain or model.ends_soon(key, version):
        await do("delete", key, version=version)
        model.drop(key, version)
        expected, began = MISSING, time.time()
    is_there = expected is not MISSING
    if name == "has_key":
        assert await do("has_key", key, version=version) is is_there
    elif name == "add":
        stored = await do("add", key, arguments[1], arguments[2], version=version)
        # Of what ends before it begins nothing is said.
        assert stored is (not is_there) or (arguments[2] is not None and arguments[2] <= 0)
        if not is_there:
            model.put(key, version, arguments[1], arguments[2], began)
    elif name == "touch":
        assert await do("touch", key, arguments[1], version=version) is is_there
        if is_there:
            model.put(key, version, expected, arguments[1], began)
    elif name == "get_or_set":
        assert same(
            await do("get_or_set", key, arguments[1], LONG, version=version), expected if is_there else arguments[1]
        )
        if not is_there:
            model.put(key, version, arguments[1], LONG, began)
    elif not is_there:
        with pytest.raises(ValueError, match="not found"):
            await do("incr", key, arguments[1], version=version)
    elif type(expected) is int:
        assert await do("incr", key, arguments[1], version=version) == expected + arguments[1]
        model.keep(key, version, expected + arguments[1])


def agree(model: Dictionary, key: str, version: int | None, began: float, found: Any) -> None:
    """Assert that the cache found what the dictionary has."""
    expected, is_certain = model.look(key, version, began)
    assert same(found, expected) or (not is_certain and found is MISSING), (key, version, found, expected)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal and of one type."""
    return one is other or (type(one) is type(other) and one == other)


@pytest.fixture(
    params=[
        "memory",
        pytest.param("memory-database", marks=DATABASE),
        pytest.param("memory-redis", marks=pytest.mark.redis),
        pytest.param("memory-redis-database", marks=[pytest.mark.redis, DATABASE]),
    ]
)
def cache(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[BaseCache]:
    """Return the default cache over the tiers of the parameter."""
    tiers = request.param.split("-")
    if "redis" not in tiers:
        settings.CACHES = tiered(tiers, tmp_path)
        yield caches["default"]
        return
    with private_redis(tmp_path) as server:
        settings.CACHES = tiered(tiers, tmp_path, redis_url=server.url)
        yield caches["default"]
        stop_all()


@several
@given(st.lists(operations, max_size=25))
@example([("set", "a", 7, SHORT, None), ("get", "a", None), ("wait",), ("get", "a", None), ("incr", "a", 1, None)])
@example([("set", "a", 7, None, None), ("touch", "a", None, None), ("touch", "b", None, None)])
def test_as_a_dictionary(cache: BaseCache, sequence: list[Operation]) -> None:
    async def do(name: str, *arguments: Any, **options: Any) -> Any:
        # Nothing here is awaited in truth.
        return time.sleep(WAIT) if name == "wait" else getattr(cache, name)(*arguments, **options)  # noqa: ASYNC251

    cache.clear()
    # Without an event loop, on which Django allows no sync call to the database; nothing in it awaits one.
    with pytest.raises(StopIteration):
        compare(do, sequence).send(None)


@several
@given(st.lists(operations, max_size=25))
def test_as_a_dictionary_from_an_event_loop(cache: BaseCache, sequence: list[Operation]) -> None:
    async def do(name: str, *arguments: Any, **options: Any) -> Any:
        await asyncio.sleep(WAIT if name == "wait" else 0)
        return None if name == "wait" else await getattr(cache, f"a{name}")(*arguments, **options)

    async def whole() -> None:
        await cache.aclear()
        await compare(do, sequence)
        await sync_to_async(connections.close_all)()

    asyncio.run(whole())
