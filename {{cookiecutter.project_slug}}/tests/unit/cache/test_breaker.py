"""The circuit breaker."""

from framework.cache.breaker import PAUSE_SECONDS, WITHIN_SECONDS, Breaker


class Clock:
    """Time that passes on demand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_three_failures_open_it_and_two_do_not() -> None:
    breaker = Breaker(clock=Clock())

    allowed = []
    for _ in range(3):
        breaker.failed()
        allowed.append(breaker.allows())

    assert allowed == [True, True, False]


def test_failures_long_ago_do_not_count() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)

    for _ in range(10):
        breaker.failed()
        clock.now += WITHIN_SECONDS / 2

    assert breaker.allows()


def test_one_caller_at_a_time_tries_whether_the_tier_is_back() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    for _ in range(3):
        breaker.failed()

    clock.now += PAUSE_SECONDS

    assert [breaker.allows() for _ in range(4)] == [True, False, False, False]


def test_an_answer_closes_it() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    for _ in range(3):
        breaker.failed()
    clock.now += PAUSE_SECONDS
    assert breaker.allows()

    breaker.succeeded()

    assert [breaker.allows() for _ in range(4)] == [True] * 4
