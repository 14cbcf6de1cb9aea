"""Many ask for one missing value at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from django.core.cache import caches
from django.db import connections

from framework.cache import cached
from framework.cache.backend import TieredCache
from framework.cache.lease import Lease
from tests.patience import PATIENCE_SECONDS, eventually

from .processes import neighbour

CALLERS = 20


def test_of_many_threads_one_computes_and_each_gets_its_own_value(database_cache: TieredCache) -> None:
    _expect_one_call()


@pytest.mark.redis
def test_with_redis_of_many_threads_one_computes(redis_cache: TieredCache) -> None:
    _expect_one_call()


def test_of_several_processes_one_computes(database_cache: TieredCache, tmp_path: Path) -> None:
    _expect_one_process(tmp_path / "calls")


@pytest.mark.redis
def test_with_redis_of_several_processes_one_computes(redis_cache: TieredCache, tmp_path: Path) -> None:
    _expect_one_process(tmp_path / "calls")


def test_an_error_reaches_everybody_who_waited_and_is_not_kept(database_cache: TieredCache) -> None:
    started, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    @cached(ttl=60, key="failing")
    def failing() -> str:
        calls.append(1)
        if len(calls) == 1:
            started.set()
            assert go_on.wait(PATIENCE_SECONDS)
            raise LookupError("no")
        return "value"

    def call() -> str:
        try:
            return failing()
        except LookupError as error:
            return str(error)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(call)
        assert started.wait(PATIENCE_SECONDS)
        second = pool.submit(call)
        _until_somebody_waits()
        go_on.set()
        answers = [first.result(), second.result()]

    assert answers == ["no", "no"]
    assert failing() == "value"


def test_a_lease_that_nobody_gives_back_does_not_hold_for_ever(
    database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framework.cache.lease.WAIT_SECONDS", 0.1)
    assert Lease(database_cache, database_cache.make_key("key")).take()  # its holder was killed

    value = database_cache.get_or_set("key", lambda: "computed anyway")

    assert value == "computed anyway"


def test_a_waiter_wakes_when_the_value_is_stored(database_cache: TieredCache) -> None:
    lease = Lease(database_cache, database_cache.make_key("key"))
    pauses = lease.pauses()
    assert next(pauses) > 0

    database_cache.set("key", "value")

    assert next(pauses, None) is None


def _expect_one_call() -> None:
    calls: list[int] = []
    barrier = threading.Barrier(CALLERS)

    def load() -> dict[str, int]:
        calls.append(1)
        time.sleep(0.1)
        return {"a": 1}

    def call(_: int) -> dict[str, int]:
        try:
            barrier.wait(PATIENCE_SECONDS)
            return cast("dict[str, int]", caches["default"].get_or_set("expensive", load))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CALLERS) as pool:
        values = list(pool.map(call, range(CALLERS)))

    assert len(calls) == 1
    assert values == [{"a": 1}] * CALLERS
    assert len({id(value) for value in values}) == CALLERS


def _expect_one_process(calls: Path) -> None:
    with neighbour("get_or_set", str(calls)) as one, neighbour("get_or_set", str(calls)) as two:
        one.ask("go")
        two.ask("go")
        one.finish()
        two.finish()

    assert calls.read_text() == "computed\n"


def _until_somebody_waits() -> None:
    from framework.cache import flight

    assert eventually(lambda: any(waiting.passengers for waiting in flight._flights.values()))
