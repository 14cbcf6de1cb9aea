"""Results that are good, about to end, stale, or cannot be computed again."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from framework.cache import TieredCache, cache_stats, cached, finish_recomputing, time_passes
from framework.cache.results import Kept
from framework.cache.tagging import invalidate_tags
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.usefixtures("database_cache")


class Source:
    """Counts how often it was asked, may fail, and may take its time."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def __call__(self) -> int:
        assert self.may_go_on.wait(PATIENCE_SECONDS)
        if self.fails:
            raise ConnectionError("the source is away")
        self.calls += 1
        return self.calls


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def shared_thread() -> AsyncIterator[None]:
    """The thread of asgiref outlives the test, and PostgreSQL counts its sessions."""
    yield
    await sync_to_async(connections.close_all)()


def test_a_stale_result_is_served_at_once_and_computed_anew_behind_it(source: Source) -> None:
    count = cached(ttl="1m", stale="1h", key="count")(source.__call__)
    assert count() == 1

    with time_passes(61):
        source.may_go_on.clear()
        assert [count(), count()] == [1, 1]
        source.may_go_on.set()
        finish_recomputing()

        assert count() == 2
    assert (source.calls, cache_stats().recomputed) == (2, 1)


def test_without_stale_the_end_is_the_end(source: Source) -> None:
    count = cached(ttl="1m", key="count")(source.__call__)

    assert count() == 1
    with time_passes(61):
        assert count() == 2


def test_after_the_stale_time_it_is_gone(source: Source) -> None:
    count = cached(ttl="1m", stale="1m", key="count")(source.__call__)

    assert count() == 1
    with time_passes(121):
        source.fails = True
        with pytest.raises(ConnectionError):
            count()


def test_what_fails_leaves_the_stale_result_and_is_not_tried_by_every_caller(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    count = cached(ttl="1m", stale="1h", key="count")(source.__call__)
    count()
    source.fails = True

    with time_passes(61):
        for _ in range(5):
            assert count() == 1
            finish_recomputing()

    assert cache_stats().recompute_errors == 1
    assert "cache_recompute_failed" in caplog.text


def test_an_invalidated_result_is_never_served(source: Source) -> None:
    count = cached(ttl="1m", stale="1h", key="count", tags=["counts"])(source.__call__)
    count()

    with time_passes(61):
        invalidate_tags("counts")
        assert count() == 2


def test_many_callers_of_a_stale_result_compute_it_once(source: Source) -> None:
    count = cached(ttl="1m", stale="1h", key="count")(source.__call__)
    count()

    def ask(_: int) -> int:
        try:
            return count()
        finally:
            connections.close_all()

    with time_passes(61), ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(100))) <= {1, 2}
        finish_recomputing()
        assert count() == 2

    assert source.calls == 2


def test_none_may_have_a_shorter_life(source: Source) -> None:
    found: list[int] = []

    @cached(ttl="1h", ttl_of_none="10s", key="found")
    def find() -> int | None:
        source()
        return found[0] if found else None

    assert find() is None
    assert find() is None
    assert source.calls == 1
    found.append(7)
    with time_passes(11):
        assert find() == 7
    with time_passes(1000):
        assert find() == 7


@pytest.mark.parametrize(
    ("left", "took", "share"), [(100.0, 1.0, 0.0), (1.0, 1.0, 0.37), (0.1, 1.0, 0.9), (0.0, 0.0, 1.0)]
)
def test_the_nearer_the_end_and_the_longer_the_work_the_likelier_somebody_is_early(
    monkeypatch: pytest.MonkeyPatch, left: float, took: float, share: float
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000.0)
    kept = Kept("", (), None, 1_000.0 + left, took)

    drawn = sum(kept.is_due(early=1.0) for _ in range(2_000)) / 2_000

    # A caller is early with a probability of exp(-left / took).
    assert drawn == pytest.approx(share, abs=0.06)
    assert left == 0.0 or not any(kept.is_due(early=0.0) for _ in range(100))


def test_what_is_kept_for_ever_is_never_due() -> None:
    assert not Kept("", (), None, None, 5.0).is_due(early=1.0)


@pytest.mark.usefixtures("shared_thread")
async def test_an_async_function_is_computed_anew_by_a_task_of_its_loop() -> None:
    calls = 0

    @cached(ttl="1m", stale="1h", key="count")
    async def count() -> int:
        nonlocal calls
        calls += 1
        return calls

    assert await count() == 1
    with time_passes(61):
        assert await count() == 1
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await count() == 1:  # noqa: ASYNC110 - the task that stores it tells nobody
                await asyncio.sleep(0.01)
        assert await count() == 2


@pytest.mark.redis
def test_with_redis_too(redis_cache: TieredCache, source: Source) -> None:
    count = cached(ttl="1m", stale="1h", key="count")(source.__call__)
    count()

    with time_passes(61):
        assert count() == 1
        finish_recomputing()
        assert count() == 2
