"""Limits that processes share by Redis, and what becomes of them without it."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from framework.cache.breaker import PAUSE_SECONDS, Breaker
from framework.ratelimit import OnOutage, Rate
from framework.ratelimit.gcra import Decision
from framework.ratelimit.limiter import Limiter
from framework.ratelimit.redis import RedisLimiter
from tests.patience import PATIENCE_SECONDS
from tests.unit.cache.servers import PrivateRedis

from .conftest import PROCESSES

pytestmark = pytest.mark.redis

HOURLY = Rate(100, 3600)


def test_of_many_at_once_exactly_the_limit_is_admitted(server: PrivateRedis) -> None:
    limiters = [Limiter(server.url, prefix="ratelimit:", processes=1, timeout=PATIENCE_SECONDS) for _ in range(8)]
    with ThreadPoolExecutor(64) as clients:
        for run in range(20):
            ready = threading.Barrier(64)

            def send(client: int, key: str = f"run{run}", ready: threading.Barrier = ready) -> int:
                ready.wait()
                limiter = limiters[client % len(limiters)]
                return sum(limiter.check(key, HOURLY, 1, OnOutage.CLOSED).allowed for _ in range(4))

            assert sum(clients.map(send, range(64))) == 100


def test_three_hundred_round_the_edge_of_a_minute(shared: Limiter) -> None:
    rate, began = Rate.parse("100/m"), time.monotonic()

    admitted = sum(shared.check("edge", rate, 1, OnOutage.CLOSED).allowed for _ in range(300))

    # One more comes back every 0.6 s, which is longer than this should take.
    assert 100 <= admitted <= 100 + (time.monotonic() - began) / rate.interval


def test_threads_and_event_loops_count_together(shared: Limiter) -> None:
    async def ask() -> int:
        together = (shared.acheck("both", HOURLY, 1, OnOutage.CLOSED) for _ in range(80))
        return sum(decision.allowed for decision in await asyncio.gather(*together))

    from_threads = sum(shared.check("both", HOURLY, 1, OnOutage.CLOSED).allowed for _ in range(60))

    assert (from_threads, asyncio.run(ask())) == (60, 40)


def test_both_say_the_same(shared: Limiter) -> None:
    local = Limiter("", prefix="", processes=1)
    for number in range(7):
        far = shared.check("same", Rate(5, 600), 1, OnOutage.CLOSED)
        near = local.check("same", Rate(5, 600), 1, OnOutage.CLOSED)

        assert (far.allowed, far.remaining) == (near.allowed, near.remaining), number
        assert far.retry_after == pytest.approx(near.retry_after, abs=60)
        assert far.reset_after == pytest.approx(near.reset_after, abs=60)


def test_the_key_ends_by_itself(shared: Limiter, server: PrivateRedis) -> None:
    import redis

    shared.check("short", Rate(10, 1), 10, OnOutage.CLOSED)

    with redis.Redis(port=server.port) as client:
        assert 0 < client.pttl("ratelimit:short") <= 1_001


def test_when_redis_goes_no_request_fails_and_each_process_has_its_part(server: PrivateRedis) -> None:
    limiters = [
        Limiter(server.url, prefix="ratelimit:", processes=PROCESSES, timeout=PATIENCE_SECONDS)
        for _ in range(PROCESSES)
    ]
    before = sum(limiter.check("key", HOURLY, 1, OnOutage.LOCAL).allowed for limiter in limiters for _ in range(10))

    server.kill()
    after = [sum(limiter.check("key", HOURLY, 1, OnOutage.LOCAL).allowed for _ in range(200)) for limiter in limiters]

    assert before == 10 * PROCESSES
    assert after == [HOURLY.limit // PROCESSES] * PROCESSES


@pytest.mark.parametrize(("policy", "expected"), [(OnOutage.OPEN, True), (OnOutage.CLOSED, False)])
def test_what_else_may_happen_meanwhile(
    shared: Limiter, server: PrivateRedis, policy: OnOutage, expected: bool
) -> None:
    server.kill()

    async def ask() -> bool:
        return (await shared.acheck("key", HOURLY, 1, policy)).allowed

    assert [shared.check("key", HOURLY, 1, policy).allowed, asyncio.run(ask())] == [expected] * 2


def test_a_server_that_hangs_holds_up_one_call_and_is_asked_again(
    server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than the server ever takes to answer.
    limiter, now, asked = Limiter(server.url, prefix="ratelimit:", processes=PROCESSES, timeout=2.0), [0.0], []
    monkeypatch.setattr(limiter, "_breaker", Breaker(clock=lambda: now[0]))
    check = RedisLimiter.check

    def noted(shared: RedisLimiter, key: str, rate: Rate, cost: int) -> Decision:
        asked.append(key)
        return check(shared, key, rate, cost)

    monkeypatch.setattr(RedisLimiter, "check", noted)
    limiter.check("key", HOURLY, 1, OnOutage.LOCAL)
    with server.frozen():
        for _ in range(50):
            limiter.check("key", HOURLY, 1, OnOutage.LOCAL)

    now[0] += PAUSE_SECONDS
    assert limiter.check("key", HOURLY, 1, OnOutage.CLOSED).allowed
    # The first one, the one that was held up, and the last one.
    assert len(asked) == 3
