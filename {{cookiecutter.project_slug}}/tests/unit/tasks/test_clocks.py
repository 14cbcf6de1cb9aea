"""Clocks that are wrong for a while: nothing that lives is taken, and what waits does not wait for them."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import dramatiq
import pytest
from django.db.models import F
from django.utils import timezone

from framework.tasks import TaskState, clock_steps, cron, every, maintenance, run_schedules, scheduling, transitions
from framework.tasks.clock import present
from framework.tasks.conf import LIMITS
from framework.tasks.limits import Limits
from framework.tasks.maintenance import SURE_SECONDS, Maintenance
from framework.tasks.models import Schedule, Task, Throttle
from framework.tasks.recovery import recover
from framework.tasks.renewal import extend
from framework.tasks.states.delayed import seconds_until_next
from framework.tasks.throttle import admit
from tests.clock import Clock

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(maintenance, "monotonic", clock)
    return clock


@pytest.fixture
def actor(broker: dramatiq.Broker) -> dramatiq.Actor[..., Any]:
    return dramatiq.actor(actor_name="timed", queue_name="timed", broker=broker, max_retries=0)(lambda: None)


def running(actor: dramatiq.Actor[..., Any], worker: str = "here:1:living") -> Task:
    message = actor.send()
    [task] = transitions.claim("timed", 1, worker=worker)
    transitions.start([(str(task.id), task.generation)], worker)
    return Task.objects.get(id=message.message_id)


def jump(by: timedelta) -> None:
    """Let all that is written look as if the clock had jumped by ``by`` since."""
    for name in ("available_at", "lease_until", "created_at", "sent_at", "started_at"):
        Task.objects.filter(**{f"{name}__isnull": False}).update(**{name: F(name) - by})


@pytest.mark.parametrize("by", [DAY, -DAY, timedelta(hours=1), timedelta(hours=-1)])
def test_a_living_worker_keeps_its_tasks_when_the_clock_jumps(
    actor: dramatiq.Actor[..., Any], steady: Clock, by: timedelta
) -> None:
    task = running(actor)
    maintenance = Maintenance()
    maintenance.poll()

    jump(by)
    for _ in range(10):
        maintenance.poll()
        # A heartbeat comes late, and comes.
        steady.now += SURE_SECONDS / 2
        extend([str(task.id)])

    task.refresh_from_db()
    assert (task.state, task.generation, task.errors) == (TaskState.RUNNING, 1, [])


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_what_nobody_renews_is_taken_back_though_the_clock_jumped(
    actor: dramatiq.Actor[..., Any], steady: Clock, by: timedelta
) -> None:
    task = running(actor)
    maintenance = Maintenance()
    jump(by)

    maintenance.poll()
    task.refresh_from_db()
    assert task.state == TaskState.RUNNING
    steady.now += SURE_SECONDS
    maintenance.poll()

    task.refresh_from_db()
    assert task.state == TaskState.DEAD


def test_a_lease_that_is_watched_anew_after_each_renewal(actor: dramatiq.Actor[..., Any], steady: Clock) -> None:
    task = running(actor)
    maintenance = Maintenance()
    jump(DAY)
    maintenance.poll()

    Task.objects.update(lease_until=F("lease_until") + timedelta(seconds=1))
    steady.now += SURE_SECONDS
    maintenance.poll()

    task.refresh_from_db()
    assert task.state == TaskState.RUNNING


@pytest.mark.parametrize("by", [timedelta(hours=1), DAY])
def test_what_waits_is_due_although_the_clock_was_set_back(actor: dramatiq.Actor[..., Any], by: timedelta) -> None:
    began = monotonic()
    actor.send()
    actor.send_with_options(delay=60_000)
    jump(-by)
    assert transitions.claim("timed", 10) == []

    Maintenance().poll()

    assert len(transitions.claim("timed", 10)) == 1
    left = seconds_until_next(["timed"], "default")
    assert left is not None
    # Some of its dates are older than others.
    assert 0 < left <= 60 + monotonic() - began


def test_a_retry_is_due_although_the_clock_was_set_back(actor: dramatiq.Actor[..., Any]) -> None:
    began = monotonic()
    task = running(actor)
    transitions.postpone(str(task.id), task.generation, timedelta(seconds=60), [])
    # It was written before the clock was wrong.
    jump(-DAY)
    Task.objects.update(created_at=timezone.now() - DAY)

    Maintenance().poll()

    left = seconds_until_next(["timed"], "default")
    assert left is not None
    # Some of its dates are older than others.
    assert 0 < left <= 60 + monotonic() - began


@pytest.mark.parametrize("later", [1, 30, 1000])
def test_what_a_transaction_dated_before_the_clock_was_set_back_is_due_soon_after_its_commit(
    actor: dramatiq.Actor[..., Any], steady: Clock, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    maintenance = Maintenance()
    maintenance.poll()
    set_back(monkeypatch)
    for _ in range(later):
        maintenance.poll()
        steady.now += 1
    actor.send()
    jump(-DAY)
    assert transitions.claim("timed", 10) == []

    # As long again as it was open, at most, and a look.
    steady.now += later + 1
    maintenance.poll()

    assert len(transitions.claim("timed", 10)) == 1


def set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock that dates the rows look as if it had been set back by a day since the last look."""
    monkeypatch.setattr(clock_steps, "monotonic", lambda: monotonic() + DAY.total_seconds())


@pytest.mark.parametrize("how", ["the worker died", "the worker stopped", "it was never started"])
def test_what_was_held_while_the_clock_was_set_back_is_due_when_it_is_handed_back(
    actor: dramatiq.Actor[..., Any], how: str
) -> None:
    worker = "here:1:living"
    actor.send_with_options(max_retries=1)
    held = [(str(task.id), task.generation) for task in transitions.claim("timed", 1, worker=worker)]
    if how != "it was never started":
        transitions.start(held, worker)
    jump(-DAY)
    Maintenance().poll()

    if how == "the worker died":
        assert recover(dead_workers=[worker]) == 1
    elif how == "the worker stopped":
        assert transitions.release_worker(worker) == 1
    else:
        assert transitions.release(held) == 1

    assert len(transitions.claim("timed", 1)) == 1


def test_what_is_to_wait_for_long_still_does(actor: dramatiq.Actor[..., Any]) -> None:
    actor.send_with_options(delay=3 * 24 * 60 * 60 * 1000)

    for _ in range(3):
        Maintenance().poll()

    left = seconds_until_next(["timed"], "default")
    assert left is not None
    assert left > 2 * 24 * 60 * 60


def test_a_clock_that_goes_as_it_should_asks_for_nothing_to_be_dated_back(
    steady: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []

    def date_back() -> int:
        asked.append(None)
        return 0

    monkeypatch.setattr("framework.tasks.renewal.date_back", date_back)
    maintenance = Maintenance()

    for _ in range(3):
        maintenance.poll()
        steady.now += 1

    # The first look, before which nobody looked.
    assert len(asked) == 1
    set_back(monkeypatch)
    for _ in range(100):
        steady.now += 1000
        maintenance.poll()
    # What was dated until then has been committed.
    assert len(asked) < 16


def test_a_limited_actor_opens_although_its_clock_was_set_back() -> None:
    Throttle.objects.create(actor="limited", next_at=present("default") + DAY)
    limits = Limits(interval=timedelta(seconds=10), concurrency=None)

    assert admit("limited", limits, "00000000-0000-0000-0000-000000000000", "default") is None
    assert admit("limited", limits, "00000000-0000-0000-0000-000000000000", "default") is not None


@pytest.fixture
def schedule(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, broker: dramatiq.Broker
) -> dramatiq.Actor[..., Any]:
    monkeypatch.setattr(scheduling, "_plans", {})
    actor = dramatiq.actor(actor_name="tick", queue_name="clock", broker=broker)(lambda: None)
    declared: dramatiq.Actor[..., Any] = request.param(actor)
    return declared


EACH_MINUTE = [cron("* * * * *"), every(minutes=1), cron("* * * * *", catch_up="none")]


@pytest.mark.parametrize("schedule", EACH_MINUTE, indirect=True)
@pytest.mark.parametrize("looks", [1, 5])
@pytest.mark.usefixtures("schedule")
def test_a_schedule_goes_on_after_a_clock_was_a_day_ahead_for_a_moment(looks: int) -> None:
    run_schedules(START)
    for minute in range(looks):
        run_schedules(START + DAY + minute * timedelta(minutes=1))
    before = Task.objects.count()

    for minute in range(1, 11):
        run_schedules(START + minute * timedelta(minutes=1) + timedelta(seconds=1))

    assert Task.objects.count() - before >= 9
    assert Schedule.objects.get().next_run_at <= START + timedelta(minutes=12)


@pytest.mark.parametrize("schedule", EACH_MINUTE, indirect=True)
@pytest.mark.usefixtures("schedule")
def test_a_slot_runs_once_when_the_clock_is_set_back_over_it() -> None:
    for _ in range(3):
        for minute in range(5):
            run_schedules(START + minute * timedelta(minutes=1))

    slots = [row.id for row in Task.objects.all()]
    assert len(slots) == len(set(slots))
    assert len(slots) in {4, 5}


@pytest.mark.parametrize("schedule", [cron("45 2 * * *", time_zone="Europe/Berlin")], indirect=True)
@pytest.mark.usefixtures("schedule")
def test_a_schedule_that_is_first_seen_in_a_repeated_hour_does_not_fire_at_once() -> None:
    # 2:30 for the second time.
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    run_schedules(again)
    run_schedules(again + timedelta(minutes=1))

    assert not Task.objects.exists()
    assert Schedule.objects.get().next_run_at > again


@pytest.mark.parametrize("schedule", [cron("0 3 * * *", time_zone="UTC")], indirect=True)
@pytest.mark.usefixtures("schedule")
def test_a_test_that_names_a_moment_runs_what_is_due_at_it() -> None:
    run_schedules(datetime(2026, 3, 1, 3, 0, tzinfo=UTC))
    run_schedules(datetime(2026, 3, 1, 3, 0, tzinfo=UTC))

    assert Task.objects.count() == 1


def test_leases_are_longer_than_it_takes_to_be_sure() -> None:
    assert timedelta(seconds=SURE_SECONDS) < LIMITS.lease
