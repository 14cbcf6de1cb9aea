"""Actors that run by the clock."""

from datetime import timedelta

import dramatiq
import pytest
from django.utils import timezone

from framework.tasks import UnknownScheduleError, cron, every, scheduling
from framework.tasks.models import Schedule, Task
from framework.tasks.scheduler import Scheduler


@pytest.fixture
def tick(broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch) -> dramatiq.Actor[..., None]:
    monkeypatch.setattr(scheduling, "_plans", {})

    @every(minutes=5)
    @dramatiq.actor(actor_name="tick", queue_name="clock")
    def tick() -> None:
        """Tick."""

    return tick


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_new_schedule_waits_for_its_first_slot() -> None:
    Scheduler().poll()

    assert Schedule.objects.get().next_run_at > timezone.now() + timedelta(minutes=4)
    assert not Task.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_due_slot_fires_once_however_many_schedulers_look() -> None:
    Scheduler().poll()
    Schedule.objects.update(next_run_at=timezone.now() - timedelta(hours=3))

    Scheduler().poll()
    Scheduler().poll()

    assert [task.actor for task in Task.objects.all()] == ["tick"]


@pytest.mark.django_db
@pytest.mark.usefixtures("tick")
def test_a_paused_schedule_does_not_fire() -> None:
    Scheduler().poll()
    Schedule.objects.update(next_run_at=timezone.now() - timedelta(hours=1), paused=True)

    Scheduler().poll()

    assert not Task.objects.exists()


def test_a_wrong_cron_expression_is_refused_with_an_example() -> None:
    with pytest.raises(UnknownScheduleError, match=r"'often' is not a cron expression .* try '\*/5"):
        cron("often")


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(UnknownScheduleError, match="longer than nothing"):
        every(minutes=0)
