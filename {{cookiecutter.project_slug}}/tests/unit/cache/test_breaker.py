"""The circuit breaker."""

from itertools import pairwise

import pytest

from framework.cache.breaker import FIRST_PAUSE_SECONDS, PAUSE_SECONDS, Breaker
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def test_a_failure_opens_it_for_the_rest_of_a_request(breaker: Breaker) -> None:
    assert breaker.allows()
    breaker.failed()

    assert [breaker.allows() for _ in range(3)] == [False, False, False]


def test_one_caller_at_a_time_tries_whether_the_tier_is_back(breaker: Breaker, clock: Clock) -> None:
    breaker.failed()

    clock.now += FIRST_PAUSE_SECONDS

    assert [breaker.allows() for _ in range(4)] == [True, False, False, False]


def test_it_tries_less_and_less_often(breaker: Breaker, clock: Clock) -> None:
    breaker.failed()
    tries = []
    for _ in range(1200):
        clock.now += 0.01
        if breaker.allows():
            tries.append(clock.now)
            breaker.failed()

    pauses = [round(later - earlier, 1) for earlier, later in pairwise(tries)]
    assert pauses[:5] == pytest.approx([0.2, 0.4, 0.8, 1.6, PAUSE_SECONDS], abs=0.11)
    assert set(pauses[4:]) == {PAUSE_SECONDS}


def test_callers_who_failed_together_count_once(breaker: Breaker, clock: Clock) -> None:
    for _ in range(50):
        breaker.failed()

    clock.now += FIRST_PAUSE_SECONDS

    assert breaker.allows()


def test_an_answer_closes_it(breaker: Breaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += FIRST_PAUSE_SECONDS
    assert breaker.allows()

    breaker.succeeded()

    assert [breaker.allows() for _ in range(4)] == [True] * 4
    breaker.failed()
    clock.now += FIRST_PAUSE_SECONDS
    assert breaker.allows()
