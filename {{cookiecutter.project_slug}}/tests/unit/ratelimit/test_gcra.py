"""The algorithm in this process."""

from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from framework.ratelimit import Rate, RateError
from framework.ratelimit.gcra import LocalLimiter
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def check(clock: Clock) -> Callable[..., bool]:
    limiter = LocalLimiter(clock=clock, most_keys=3)
    return lambda key="a", rate="10/m", cost=1: limiter.check(key, Rate.parse(rate), cost).allowed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10/m", Rate(10, 60)), ("100/30s", Rate(100, 30)), ("1/2h", Rate(1, 7200)), ("5/d", Rate(5, 86400))],
)
def test_rates_are_read(text: str, expected: Rate) -> None:
    assert Rate.parse(text) == expected


@pytest.mark.parametrize("text", ["", "10", "10/", "0/m", "10/0s", "ten/m", "10/w", "-1/m", "10/m ", "1.5/m"])
def test_what_is_no_rate_is_told_with_an_example(text: str) -> None:
    with pytest.raises(RateError, match="is not a rate; try '10/m' or '100/30s'"):
        Rate.parse(text)


def test_the_whole_limit_at_once_and_then_one_by_one(check: Callable[..., bool], clock: Clock) -> None:
    assert [check() for _ in range(12)] == [True] * 10 + [False] * 2
    clock.now += 6.001
    assert [check() for _ in range(2)] == [True, False]
    clock.now += 60
    assert sum(check() for _ in range(20)) == 10


def test_there_is_no_window_whose_edge_could_be_used(check: Callable[..., bool], clock: Clock) -> None:
    clock.now = 1079.9
    before = sum(check() for _ in range(10))
    clock.now = 1080.1

    assert (before, sum(check() for _ in range(10))) == (10, 0)


def test_keys_and_costs_are_counted_apart(check: Callable[..., bool]) -> None:
    assert [check("a", cost=6), check("a", cost=6), check("a", cost=4), check("b", cost=10)] == [
        True,
        False,
        True,
        True,
    ]


def test_the_keys_of_long_ago_are_forgotten_first(check: Callable[..., bool]) -> None:
    for key in "abcd":
        check(key, "1/h")

    assert [check(key, "1/h") for key in "da"] == [False, True]


def test_what_is_told_comes_true(clock: Clock) -> None:
    limiter, rate = LocalLimiter(clock=clock), Rate(3, 60)
    told = [limiter.check("a", rate, 1) for _ in range(4)]

    assert [decision.remaining for decision in told] == [2, 1, 0, 0]
    assert told[2].reset_after == pytest.approx(60)
    clock.now += told[3].retry_after + 1e-6
    assert limiter.check("a", rate, 1).allowed


@given(
    limit=st.integers(1, 50),
    period=st.integers(1, 3600),
    pauses=st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=200),
)
def test_never_more_than_the_limit_and_what_has_come_back(limit: int, period: int, pauses: list[float]) -> None:
    clock, rate = Clock(), Rate(limit, period)
    limiter, began, admitted = LocalLimiter(clock=clock), clock.now, 0
    for pause in pauses:
        clock.now += pause
        admitted += limiter.check("key", rate, 1).allowed

        assert admitted <= limit + (clock.now - began) / rate.interval + 1e-3
