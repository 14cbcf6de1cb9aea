"""What an actor and a message may ask for, and the sentences that refuse the rest."""

import re
import uuid
from datetime import date, timedelta

import dramatiq
import pytest

from framework.tasks import (
    DelayTooLongError,
    LimitError,
    MessageTooLargeError,
    MessageUnserializableError,
    QueueNameError,
    enqueue_many,
)
from framework.tasks.conf import LIMITS
from framework.tasks.limits import limits_of
from framework.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


def declare(queue: str = "narrow", **options: object) -> dramatiq.Actor[..., object]:
    return dramatiq.actor(lambda *args, **kwargs: None, actor_name="fill", queue_name=queue, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("rate", "seconds"), [("10/m", 6), ("1/s", 1), ("100/30s", 0.3), ("2/h", 1800), ("1/2d", 172_800)]
)
def test_a_rate_is_the_time_between_two_tasks(rate: str, seconds: float) -> None:
    limits = limits_of(declare(limit=rate))

    assert limits is not None
    assert (limits.interval, limits.concurrency) == (timedelta(seconds=seconds), None)


def test_limits_are_both_one_or_none() -> None:
    both = limits_of(declare(limit="1/s", concurrency=2))

    assert both is not None
    assert (both.interval, both.concurrency) == (timedelta(seconds=1), 2)


def test_an_actor_without_limits_has_none() -> None:
    assert limits_of(declare()) is None


@pytest.mark.parametrize("rate", ["often", "0/m", "10/w", "-1/s", "10", "1/0s", 10, "", "10/m "])
def test_what_is_not_a_rate_is_refused_with_an_example(rate: object) -> None:
    sentence = f"limit={rate!r} of fill is not a rate; try '10/m' or '100/30s'"

    with pytest.raises(LimitError, match=f"^{re.escape(sentence)}$"):
        limits_of(declare(limit=rate))


@pytest.mark.parametrize("concurrency", [0, -1, "2", 1.5])
def test_what_is_not_a_number_of_tasks_is_refused_with_an_example(concurrency: object) -> None:
    sentence = f"concurrency={concurrency!r} of fill is not a number of tasks; try 2"

    with pytest.raises(LimitError, match=f"^{re.escape(sentence)}$"):
        limits_of(declare(concurrency=concurrency))


@pytest.mark.parametrize(
    ("args", "kwargs", "sentence"),
    [
        ((1, date(2026, 3, 1)), {}, "fill: args[1] is a date, which JSON cannot hold; send an id or a string instead"),
        (([{"a": {"b": {1, 2}}}],), {}, "fill: args[0][0]['a']['b'] is a set, which JSON cannot hold"),
        ((), {"who": uuid.uuid4()}, "fill: kwargs['who'] is a UUID, which JSON cannot hold"),
        ((float("nan"),), {}, "fill: args[0] is nan, which JSON cannot hold; send None or a string instead"),
        ((), {"far": [float("-inf")]}, "fill: kwargs['far'][0] is -inf, which JSON cannot hold"),
        ((b"x",), {}, "fill: args[0] is a bytes, which JSON cannot hold"),
        (("a\0b",), {}, "fill: args hold the character NUL, which a JSON column cannot store"),
        ((), {"table": {(1, 2): "pair"}}, "fill: kwargs['table'] has the key (1, 2)"),
    ],
)
def test_the_innermost_argument_that_cannot_be_kept_is_named(
    args: tuple[object, ...], kwargs: dict[str, object], sentence: str
) -> None:
    with pytest.raises(MessageUnserializableError, match=f"^{re.escape(sentence)}"):
        declare().send_with_options(args=args, kwargs=kwargs)

    assert not Task.objects.exists()


def test_a_backslash_before_u0000_is_no_nul() -> None:
    declare().send("\\u0000")

    assert Task.objects.get().args == ["\\u0000"]


def test_an_argument_that_holds_itself_is_refused() -> None:
    knot: list[object] = []
    knot.append(knot)

    with pytest.raises(MessageUnserializableError, match=r"^fill: args\[0\]\[0\] holds itself"):
        declare().send(knot)


def test_arguments_may_fill_a_row_to_the_last_byte() -> None:
    frame = len('[""]')
    actor = declare()
    actor.send("x" * (LIMITS.message_bytes - frame))

    with pytest.raises(MessageTooLargeError, match=r"^The args of fill take 1,048,577 bytes and a row holds 1,048,576"):
        actor.send("x" * (LIMITS.message_bytes - frame + 1))

    assert Task.objects.count() == 1


@pytest.mark.parametrize("queue", ["a" * 101, "two words", "1st", "post.DQ", "post.XQ", "naïve", "a\n"])
def test_a_queue_that_a_broker_would_refuse_is_refused_here(queue: str) -> None:
    message = declare().message().copy(queue_name=queue)

    with pytest.raises(QueueNameError, match=f"^{re.escape(repr(queue))} cannot be the queue of fill: up to"):
        enqueue_many([message])


def test_a_queue_name_may_have_a_hundred_characters() -> None:
    queue = "_" + "a.b-C9" * 16 + "end"
    enqueue_many([declare().message().copy(queue_name=queue)])

    assert (len(queue), Task.objects.get().queue) == (100, queue)


def test_a_delay_is_ten_years_at_most() -> None:
    actor = declare()
    longest = int(LIMITS.delay.total_seconds() * 1000)
    actor.send_with_options(delay=longest)

    with pytest.raises(DelayTooLongError, match=r"^fill cannot wait 3,651 days; the limit is 3,650 days$"):
        actor.send_with_options(delay=longest + 86_400_000)

    assert Task.objects.count() == 1
