"""Limited tasks are let in as places get free, and those behind them wait for nobody."""

from datetime import timedelta
from typing import Any

import dramatiq
import pytest
from django.db import connection
from django.utils import timezone

from framework.tasks import pause, resume, transitions
from framework.tasks.brokers.durable import DurableBroker
from framework.tasks.handover import HandOver
from framework.tasks.lanes import Share, lanes_of
from framework.tasks.limits import limits_by_name
from framework.tasks.models import Task, Throttle
from framework.tasks.relay import Relay
from framework.tasks.throttle import PLACE_SECONDS, shares_of, start_within_limits

pytestmark = pytest.mark.django_db
QUEUE = "places"


def let_in(broker: dramatiq.Broker, limit: int = 100) -> tuple[list[HandOver], float | None]:
    """Claim as a worker does; return what it got, and how soon it looks for places."""
    shares, wait = shares_of(lanes_of(connection, [QUEUE]), broker, "default")
    return transitions.claim(QUEUE, limit, worker="here", shares=shares), wait


def names(tasks: list[HandOver]) -> list[str]:
    return [task.actor for task in tasks]


def declare(broker: dramatiq.Broker, name: str, **options: Any) -> "dramatiq.Actor[..., None]":
    def act() -> None:
        """Do nothing."""

    return dramatiq.actor(actor_name=name, queue_name=QUEUE, broker=broker, **options)(act)


def test_no_more_are_let_in_than_may_run(broker: dramatiq.Broker) -> None:
    few, many = declare(broker, "few", concurrency=2), declare(broker, "many")
    for _ in range(9):
        few.send()
    many.send()

    tasks, _ = let_in(broker)
    assert names(tasks) == ["few", "few", "many"]
    transitions.start([(str(tasks[0].id), tasks[0].generation)], "here")
    assert let_in(broker) == ([], PLACE_SECONDS)

    transitions.finish([(str(tasks[0].id), tasks[0].generation, None)])
    assert names(let_in(broker)[0]) == ["few"]


def test_a_rate_lets_in_one_and_tells_when_the_next_may_come(broker: dramatiq.Broker) -> None:
    seldom = declare(broker, "seldom", limit="10/m")
    for _ in range(9):
        seldom.send()

    [task], _ = let_in(broker)
    assert let_in(broker) == ([], PLACE_SECONDS)
    transitions.start([(str(task.id), task.generation)], "here")
    Throttle.objects.create(actor="seldom", next_at=timezone.now() + timedelta(seconds=5))
    tasks, wait = let_in(broker)

    assert tasks == []
    assert wait is not None
    assert 0 < wait <= 5


def test_the_most_urgent_come_first_limited_or_not(broker: dramatiq.Broker) -> None:
    for name, options in {
        "urgent": {"priority": -1},
        "usual": {},
        "limited": {"concurrency": 1},
        "limited_urgent": {"concurrency": 1, "priority": -2},
        "late": {"priority": 7},
    }.items():
        actor = declare(broker, name, **options)
        actor.send()
        actor.send()

    order = [names(let_in(broker, 1)[0]) for _ in range(8)]

    assert order == [
        *(["limited_urgent"], ["urgent"], ["urgent"]),
        *(["usual"], ["usual"], ["limited"], ["late"], ["late"]),
    ]


def test_delayed_tasks_of_every_priority_are_passed_by(broker: dramatiq.Broker) -> None:
    usual = declare(broker, "usual")
    for priority in (0, 1, 2):
        usual.send_with_options(delay=60_000, priority=priority)
    usual.send_with_options(priority=1)

    assert [task.priority for task in let_in(broker)[0]] == [1]


def test_what_was_written_before_a_limit_keeps_it_and_waits_with_the_others(broker: dramatiq.Broker) -> None:
    declare(broker, "early").send()
    [task], _ = let_in(broker)
    transitions.start([(str(task.id), task.generation)], "here")
    declare(broker, "other").send()
    Throttle.objects.create(actor="early", next_at=timezone.now() + timedelta(seconds=50))
    declare(broker, "early_now", limit="1/m")
    limits = limits_by_name(broker, "early_now")
    assert limits is not None

    wait = start_within_limits("early", limits, str(task.id), task.generation)

    assert wait is not None
    assert Task.objects.get(id=task.id).throttle == "early"


def test_what_was_written_before_its_actor_lost_its_limit_waits_for_nobody(broker: dramatiq.Broker) -> None:
    limited = declare(broker, "free_now", concurrency=1)
    for _ in range(3):
        limited.send()
    del broker.actors["free_now"]

    assert len(let_in(broker)[0]) == 3


def test_a_paused_queue_has_no_lanes(broker: dramatiq.Broker) -> None:
    declare(broker, "usual").send()
    pause(QUEUE)
    shares = [Share("", (0,), None)]

    assert lanes_of(connection, [QUEUE]) == []
    assert transitions.claim(QUEUE, 10, shares=shares) == []
    resume(QUEUE)
    assert len(transitions.claim(QUEUE, 10, shares=shares)) == 1


def test_the_relay_rests_while_no_place_is_free_and_goes_on_with_others(broker: dramatiq.Broker) -> None:
    if not isinstance(broker, DurableBroker) or not broker.needs_relay:
        pytest.skip("workers of the embedded broker claim the rows themselves")
    seldom, usual = declare(broker, "seldom", limit="10/m"), declare(broker, "usual")
    Throttle.objects.create(actor="seldom", next_at=timezone.now() + timedelta(seconds=5))
    seldom.send()
    relay = Relay(broker)

    assert relay.publish(QUEUE) == 0
    usual.send()
    assert relay.publish(QUEUE) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and locks no rows")
@pytest.mark.parametrize("without", ["", "hashjoin", "hashjoin mergejoin", "hashjoin mergejoin sort hashagg"])
def test_no_more_are_claimed_than_asked_for_whatever_the_plan(broker: dramatiq.Broker, without: str) -> None:
    usual = declare(broker, "usual")
    usual.send()
    with connection.cursor() as cursor:
        for method in without.split():
            cursor.execute(f"SET LOCAL enable_{method} = off")
        # A plan for a table of one row.
        cursor.execute("ANALYZE tasks_task")
    for _ in range(30):
        usual.send()

    assert [len(let_in(broker, 3)[0]) for _ in range(3)] == [3, 3, 3]
    assert [len(transitions.claim(QUEUE, 3, worker="here")) for _ in range(3)] == [3, 3, 3]


def test_all_lanes_are_claimed_from_the_most_urgent_on(broker: dramatiq.Broker) -> None:
    for name, priority in {"late": 7, "usual": 0, "urgent": -1}.items():
        actor = declare(broker, name, priority=priority)
        actor.send_with_options(delay=60_000)
        actor.send()
        actor.send()

    def claimed(limit: int, window: int = 0) -> list[str]:
        return names(transitions.claim(QUEUE, limit, window=window))

    assert [claimed(1), claimed(2), claimed(2, window=4), claimed(9)] == [
        ["urgent"],
        ["urgent", "usual"],
        ["usual"],
        ["late", "late"],
    ]
    assert claimed(9) == []
