"""``@cached``."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from framework.cache import (
    InvalidKeyTemplateError,
    InvalidTTLError,
    ainvalidate_tags,
    cached,
    invalidate_tags,
    no_cache,
)
from framework.cache.backend import TieredCache
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.usefixtures("database_cache")


@pytest.fixture
async def shared_thread(database_cache: TieredCache) -> AsyncIterator[None]:
    """The thread of asgiref outlives the test, and PostgreSQL counts its sessions."""
    yield
    await sync_to_async(connections.close_all)()


class Counter:
    """Counts the calls of what it wraps."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, value: Any = None) -> Any:
        self.calls += 1
        return value


@pytest.mark.parametrize("argument", ["\ud800", "a\0b", "\ud800" * 300])
def test_arguments_may_be_any_text(argument: str) -> None:
    counter = Counter()

    @cached(ttl="10m", key="file:{name}", tags=["file:{name}"])
    def size(name: str) -> Any:
        return counter(len(name))

    assert [size(argument), size(argument), size(f"{argument}!")] == [len(argument), len(argument), len(argument) + 1]
    assert counter.calls == 2
    invalidate_tags(f"file:{argument}")
    assert size(argument) == len(argument)
    assert counter.calls == 3


@pytest.mark.usefixtures("shared_thread")
async def test_a_coroutine_invalidates_without_keeping_the_loop() -> None:
    counter = Counter()

    @cached(ttl="10m", key="total", tags=["totals"])
    async def total() -> Any:
        return counter(1)

    await total()
    await ainvalidate_tags("totals")
    await total()

    assert counter.calls == 2


def test_a_function_is_computed_once() -> None:
    counter = Counter()

    @cached(ttl="10m", key="total:{year}")
    def total(year: int) -> int:
        counter()
        return year * 2

    assert [total(1), total(1), total(year=1), total(2)] == [2, 2, 2, 4]
    assert counter.calls == 2


def test_none_is_a_result() -> None:
    counter = Counter()

    @cached(ttl=60, key="nothing")
    def nothing() -> None:
        counter()

    nothing()
    nothing()

    assert counter.calls == 1


def test_a_result_is_the_callers_own() -> None:
    @cached(ttl=60, key="rows")
    def rows() -> list[int]:
        return [1]

    for _ in range(3):
        rows().append(2)

    assert rows() == [1]


def test_invalidate_refresh_and_bypass() -> None:
    counter = Counter()

    @cached(ttl=timedelta(minutes=1), key="count:{name}")
    def count(name: str) -> int:
        counter()
        return counter.calls

    assert [count("a"), count.bypass("a"), count("a")] == [1, 2, 1]
    assert [count.refresh("a"), count("a")] == [3, 3]
    count.invalidate("a")
    assert count("a") == 4


def test_inside_no_cache_everything_is_computed_and_nothing_stored() -> None:
    counter = Counter()

    @cached(ttl=60, key="count")
    def count() -> int:
        counter()
        return counter.calls

    with no_cache():
        assert [count(), count()] == [1, 2]
    assert [count(), count()] == [3, 3]


def test_what_was_invalidated_while_it_was_computed_is_not_kept() -> None:
    state = {"value": "old"}

    @cached(ttl=60, key="state")
    def read() -> str:
        value = state["value"]
        if value == "old":
            state["value"] = "new"
            read.invalidate()
        return value

    assert read() == "old"
    assert read() == "new"


def test_a_method_may_name_self() -> None:
    class Shop:
        def __init__(self, pk: int) -> None:
            self.pk = pk

        @cached(ttl=60, key="shop:{self.pk}:{day}")
        def takings(self, day: str) -> str:
            return f"{self.pk} on {day}"

    assert [Shop(1).takings("monday"), Shop(2).takings("monday")] == ["1 on monday", "2 on monday"]


def test_a_function_that_asks_for_itself_does_not_wait_for_itself() -> None:
    @cached(ttl=60, key="same")
    def recursive(depth: int = 0) -> int:
        return depth if depth == 2 else recursive(depth + 1)

    assert recursive() == 2


def test_arguments_that_no_key_may_hold() -> None:
    @cached(ttl=60, key="search:{text}")
    def search(text: str) -> str:
        return text.upper()

    texts = ["two words", "two  words", "x" * 500, "x" * 501, "new\nline"]

    assert [search(text) for text in texts * 2] == [text.upper() for text in texts * 2]


def test_a_key_that_holds_something_else_is_a_miss(database_cache: TieredCache) -> None:
    @cached(ttl=60, key="taken")
    def value() -> str:
        return "mine"

    database_cache.set("taken", ("something", "else"))

    assert value() == "mine"


@pytest.mark.parametrize("template", ["order:{pk}", "order:{order.", "{0}"])
def test_a_template_that_does_not_fit_is_refused_when_decorating(template: str) -> None:
    def order(order_id: int) -> None: ...

    with pytest.raises(InvalidKeyTemplateError, match=r"order|template"):
        cached(ttl=60, key=template)(order)
    with pytest.raises(InvalidKeyTemplateError):
        cached(ttl=60, key="order", tags=[template])(order)


@pytest.mark.parametrize("ttl", ["5x", "", "0s", 0, -1, "10"])
def test_a_ttl_that_is_none_is_refused_when_decorating(ttl: str | int) -> None:
    with pytest.raises(InvalidTTLError, match="10m"):
        cached(ttl=ttl, key="key")


@pytest.mark.usefixtures("shared_thread")
async def test_an_async_function_is_computed_once_by_all_tasks() -> None:
    counter = Counter()

    @cached(ttl=60, key="slow:{name}")
    async def slow(name: str) -> list[str]:
        counter()
        await asyncio.sleep(0.02)
        return [name]

    results = await asyncio.gather(*(slow("a") for _ in range(20)))
    results[0].append("changed")

    assert counter.calls == 1
    assert results[1:] == [["a"]] * 19
    assert await slow("a") == ["a"]
    assert await slow.refresh("a") == ["a"]
    assert await slow.bypass("a") == ["a"]
    await slow.invalidate("a")
    await slow("a")
    assert counter.calls == 4


@pytest.mark.usefixtures("shared_thread")
async def test_different_async_computations_run_at_the_same_time() -> None:
    gate = asyncio.Barrier(5)

    @cached(ttl=60, key="gate:{number}")
    async def pass_gate(number: int) -> int:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await gate.wait()
        return number

    assert await asyncio.gather(*(pass_gate(number) for number in range(5))) == list(range(5))


@pytest.mark.usefixtures("shared_thread")
async def test_a_cancelled_computation_leaves_the_others_theirs() -> None:
    started = asyncio.Event()
    calls = Counter()

    @cached(ttl=60, key="cancelled")
    async def slow() -> str:
        calls()
        started.set()
        if calls.calls == 1:
            await asyncio.sleep(60)
        return "value"

    first = asyncio.create_task(slow())
    await started.wait()
    second = asyncio.create_task(slow())
    await asyncio.sleep(0)
    first.cancel()

    assert await second == "value"


@pytest.mark.usefixtures("shared_thread")
async def test_an_async_hit_in_memory_takes_no_thread(
    database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    @cached(ttl=60, key="near", tags=["near"])
    async def near() -> dict[str, int]:
        return {"a": 1}

    for _ in range(3):
        await near()

    def no_hop(*_: object, **__: object) -> None:
        raise AssertionError("a thread hop")

    for module in ("backend", "async_decorator", "tagging", "async_flight"):
        monkeypatch.setattr(f"framework.cache.{module}.sync_to_async", no_hop)

    assert await near() == {"a": 1}
