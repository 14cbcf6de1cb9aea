"""Actors that run by the clock."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dramatiq
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from framework.conf.environment import ROOT
from framework.tasks import UnknownScheduleError, cron, every, run_schedules, scheduling
from framework.tasks.models import Schedule, Task
from framework.tasks.scheduler import Scheduler
from tests.patience import eventually

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "_plans", {})


def declare(schedule: Any, name: str = "tick") -> dramatiq.Actor[..., Any]:
    actor: dramatiq.Actor[..., Any] = schedule(dramatiq.actor(actor_name=name, queue_name="clock")(lambda: None))
    return actor


@pytest.fixture
def tick(broker: dramatiq.Broker) -> dramatiq.Actor[..., Any]:
    return declare(every(minutes=5))


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_new_schedule_waits_for_its_first_slot() -> None:
    run_schedules(START)

    assert Schedule.objects.get().next_run_at == START + timedelta(minutes=5)
    assert not Task.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_due_slot_fires_once_however_many_schedulers_look() -> None:
    run_schedules(START)

    for _ in range(3):
        run_schedules(START + timedelta(minutes=5))

    assert [task.actor for task in Task.objects.all()] == ["tick"]


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_missed_slots_are_made_up_for_once() -> None:
    run_schedules(START)

    run_schedules(START + timedelta(hours=3, minutes=2))

    assert Task.objects.count() == 1
    assert Schedule.objects.get().next_run_at == START + timedelta(hours=3, minutes=5)


@pytest.mark.django_db
@pytest.mark.parametrize(("catch_up", "tasks"), [("all", 12), ("once", 1), ("none", 0)])
def test_the_policy_decides_how_many_missed_slots_run(broker: dramatiq.Broker, catch_up: Any, tasks: int) -> None:
    declare(every(minutes=5, catch_up=catch_up))
    run_schedules(START)

    run_schedules(START + timedelta(hours=1, minutes=2))

    assert Task.objects.count() == tasks
    assert Schedule.objects.get().next_run_at == START + timedelta(hours=1, minutes=5)


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_slot_whose_row_was_set_back_does_not_run_again() -> None:
    run_schedules(START)
    run_schedules(START + timedelta(minutes=5))
    Schedule.objects.update(next_run_at=START + timedelta(minutes=5))

    run_schedules(START + timedelta(minutes=5))

    assert Task.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_clock_that_stands_still_or_goes_back_fires_nothing_twice() -> None:
    run_schedules(START)
    for minutes in (5, 5, 5, 3, 1, 5, 9):
        run_schedules(START + timedelta(minutes=minutes))

    assert Task.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_paused_schedule_does_not_fire() -> None:
    run_schedules(START)
    Schedule.objects.update(paused=True)

    run_schedules(START + timedelta(hours=1))

    assert not Task.objects.exists()


@pytest.mark.django_db
def test_a_changed_expression_begins_anew(broker: dramatiq.Broker) -> None:
    actor = declare(every(minutes=5))
    run_schedules(START)
    scheduling._plans.clear()
    every(hours=2)(actor)

    run_schedules(START + timedelta(minutes=6))

    assert not Task.objects.exists()
    assert Schedule.objects.get().next_run_at == START + timedelta(hours=2, minutes=6)


@pytest.mark.django_db
def test_an_actor_may_have_several_schedules(broker: dramatiq.Broker) -> None:
    actor = declare(every(minutes=5))
    cron("30 * * * *")(actor)

    run_schedules(START)

    assert sorted(Schedule.objects.values_list("name", flat=True)) == ["tick", "tick (30 * * * *)"]


def runs(expression: str, zone: str, after: datetime, number: int) -> list[datetime]:
    declare(cron(expression, time_zone=zone))
    return scheduling.plans()[0].next_runs(after, number)


def test_a_run_in_the_hour_that_is_left_out_comes_right_after_it(broker: dramatiq.Broker) -> None:
    berlin = ZoneInfo("Europe/Berlin")

    found = runs("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=berlin), 3)

    # 2:30 did not exist on the 29th.
    assert [run.astimezone(UTC) for run in found] == [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 31, 0, 30, tzinfo=UTC),
    ]


def test_a_run_in_the_repeated_hour_comes_once(broker: dramatiq.Broker) -> None:
    berlin = ZoneInfo("Europe/Berlin")

    found = runs("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=berlin), 2)

    assert [run.astimezone(berlin).date().day for run in found] == [25, 26]


@pytest.mark.django_db
def test_ten_slots_over_the_end_of_summer_time_run_once_each_whoever_looks(broker: dramatiq.Broker) -> None:
    declare(cron("*/30 * * * *", time_zone="Europe/Berlin", catch_up="all"))
    begin = datetime(2026, 10, 24, 23, 10, tzinfo=UTC)
    one, two = (Scheduler(lambda: now) for _ in range(2))
    now = begin
    one.poll()
    for minute in range(5 * 60):
        now = begin + timedelta(minutes=minute)
        one.poll()
        # The second looks at the same moment, and at one that its slow clock still shows.
        two.poll()
        now = begin + timedelta(minutes=max(0, minute - 7))
        two.poll()

    assert Task.objects.count() == 10


WORKER = """
import django
django.setup()
import dramatiq
from framework.tasks import every, scheduling
scheduling._plans.clear()
every(seconds=0.4, catch_up="all")(dramatiq.actor(actor_name="slot", queue_name="clock")(lambda: None))
from framework.tasks.scheduler import Scheduler
import time
print("ready", flush=True)
while True:
    time.sleep(min(0.02, Scheduler().poll()))
"""


@pytest.fixture
def schedulers(transactional_db: None) -> Iterator[list[subprocess.Popen[str]]]:
    configured = settings.CONFIG.database.url
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else ""
    if configured is not None and not url:
        url = configured.get_secret_value().rpartition("/")[0] + f"/{name}"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    yield started
    for process in started:
        process.kill()
        process.communicate()


def _fired() -> tuple[datetime, int]:
    return Schedule.objects.get(name="slot").next_run_at, Task.objects.filter(actor="slot").count()


def _is_whole(first: datetime) -> bool:
    last, fired = _fired()
    return fired == round((last - first) / timedelta(seconds=0.4))


def _wait_for(slots: int, schedulers: list[subprocess.Popen[str]]) -> None:
    assert eventually(lambda: _fired()[1] >= slots or schedulers[1].poll() is not None)
    assert schedulers[1].poll() is None


@pytest.mark.usefixtures("broker")
def test_two_schedulers_one_of_them_killed_fire_each_slot_once(schedulers: list[subprocess.Popen[str]]) -> None:
    # Planned before either scheduler is up, so that no slot fires unseen.
    declare(every(seconds=0.4, catch_up="all"), "slot")
    run_schedules(timezone.now())
    first, _ = _fired()
    for process in schedulers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    _wait_for(_fired()[1] + 4, schedulers)
    schedulers[0].send_signal(signal.SIGKILL)

    _wait_for(_fired()[1] + 6, schedulers)
    schedulers[1].send_signal(signal.SIGKILL)
    schedulers[1].wait()

    # PostgreSQL finishes a commit it was asked for, although who asked is dead.
    assert eventually(lambda: _is_whole(first))
    assert set(Counter(Task.objects.values_list("id", flat=True)).values()) == {1}


def test_a_wrong_cron_expression_is_refused_with_an_example() -> None:
    with pytest.raises(UnknownScheduleError, match=r"'often' is not a cron expression .* try '\*/5"):
        cron("often")


def test_an_unknown_time_zone_is_refused_with_an_example() -> None:
    with pytest.raises(UnknownScheduleError, match="'Mars/Olympus' is not a time zone; try 'Europe/Berlin'"):
        cron("0 3 * * *", time_zone="Mars/Olympus")


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(UnknownScheduleError, match="catch_up='twice' is none of once, all, none"):
        every(minutes=5, catch_up="twice")  # type: ignore[arg-type]


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(UnknownScheduleError, match="longer than nothing"):
        every(minutes=0)
