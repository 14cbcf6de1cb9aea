"""Two releases at once: what one does not know waits for a worker of the other."""

from datetime import datetime, timedelta
from typing import Any

import dramatiq
import pytest
from django.tasks import task
from django.utils import timezone

import framework.tasks.tasks  # noqa: F401  # declares the actor of Django's tasks
from framework.tasks import TaskState, UnknownHereError, run_tasks
from framework.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@task
def add(first: int, second: int) -> int:
    """Add two numbers, as the release of this worker does."""
    return first + second


def declare(name: str, body: object, **options: object) -> Any:
    return dramatiq.actor(body, actor_name=name, queue_name="releases", **options)  # type: ignore[call-overload]


def forget(name: str) -> None:
    del dramatiq.get_broker().actors[name]


def look_again() -> Task:
    """Let the pause of a parked task be over, and a worker look at it once more."""
    Task.objects.filter(state=TaskState.PENDING).update(available_at=timezone.now() - timedelta(seconds=1))
    [row] = run_tasks()
    return row


def first_met(moment: datetime) -> None:
    [row] = Task.objects.all()
    row.errors[-1]["since"] = moment.isoformat()
    row.save()


def test_what_was_sent_long_ahead_is_not_dead_at_first_sight() -> None:
    declare("reminder", lambda: None).send()
    forget("reminder")
    Task.objects.update(created_at=timezone.now() - timedelta(days=3))

    assert look_again().state == TaskState.PENDING


def test_the_day_counts_from_the_first_time_it_was_not_known() -> None:
    declare("removed", lambda: None).send()
    forget("removed")

    first, second = look_again(), look_again()
    first_met(timezone.now() - timedelta(hours=23))
    still = look_again()
    first_met(timezone.now() - timedelta(hours=25))
    last = look_again()

    assert [row.state for row in (first, second, still, last)] == ["pending", "pending", "pending", "dead"]
    assert second.errors[-1]["since"] == first.errors[-1]["since"]
    assert [len(row.errors) for row in (first, second, still, last)] == [1, 1, 1, 1]
    assert last.attempts == 0


def test_a_parked_task_keeps_the_errors_of_its_attempts_and_runs_once_it_is_known() -> None:
    ran: list[int] = []

    def fail_once() -> None:
        ran.append(1)
        if len(ran) == 1:
            raise ValueError("first")

    declare("later", fail_once).send()
    look_again()
    forget("later")
    parked = look_again()
    declare("later", fail_once)

    done = look_again()

    assert [error["type"].rpartition(".")[2] for error in parked.errors] == ["ValueError", "ActorNotFound"]
    assert (parked.attempts, done.state, done.attempts) == (1, TaskState.DONE, 2)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"args": ["tests.unit.tasks.test_releases.subtract", "default", [1, 2], {}]}, "subtract"),
        ({"args": ["no.such.module.add", "default", [1, 2], {}]}, "no.such.module"),
        ({"args": ["tests.unit.tasks.test_releases.add", "default", [1], {"third": 3}]}, "takes other arguments"),
        ({"args": ["tests.unit.tasks.test_releases.add", "elsewhere", [1, 2], {}]}, "elsewhere"),
        ({"queue": "not-in-queues"}, "not-in-queues"),
    ],
    ids=["function", "module", "arguments", "backend", "queue"],
)
def test_a_django_task_of_another_release_waits(changes: dict[str, Any], told: str) -> None:
    add.enqueue(1, 2)
    dramatiq.get_broker().declare_queue("not-in-queues")
    Task.objects.update(**changes)

    row = look_again()

    assert (row.state, row.attempts) == (TaskState.PENDING, 0)
    assert told in str(row.errors[-1])


@pytest.mark.parametrize("atomic", [False, True])
def test_a_task_can_tell_that_it_is_not_known_here_and_nothing_follows_from_it(atomic: bool) -> None:
    alarm = declare("alarm", lambda message, error: None)

    def unknown() -> None:
        Task.objects.filter(actor="alarm").count()
        raise UnknownHereError("tariff 7")

    declare("bill", unknown, atomic=atomic, on_failure=alarm.actor_name, max_retries=0).send()

    row = look_again()

    assert (row.actor, row.state, row.attempts) == ("bill", TaskState.PENDING, 0)
    assert row.errors[-1]["message"] == "tariff 7"
    assert not Task.objects.filter(actor="alarm").exists()
