"""What follows from a task is sent with its outcome, or the outcome says why it was not."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import dramatiq
import pytest
from django.db import OperationalError
from django.utils import timezone
from dramatiq import group, pipeline
from dramatiq.results import ResultFailure

from framework.tasks import TaskState, cancel, followers, parking, transitions
from framework.tasks.conf import LIMITS
from framework.tasks.models import Task, Workflow
from framework.tasks.recovery import recover
from tests.contracts.conftest import System, until
from tests.patience import PATIENCE_SECONDS

UNSENDABLE = {
    "decimal": lambda: Decimal("1.5"),
    "datetime": lambda: datetime(2026, 1, 1, tzinfo=UTC),
    "set": lambda: {1},
    "half a pair": lambda: "\udc80",
    "NUL": lambda: "a\0b",
    "large": lambda: "x" * (LIMITS.message_bytes + 1),
}


def last_error(task: Task) -> str:
    message: str = task.errors[-1]["message"]
    return message


@pytest.mark.parametrize("make", UNSENDABLE.values(), ids=UNSENDABLE)
def test_a_link_whose_result_cannot_be_passed_on_fails_and_so_does_its_group(
    system: System, make: Callable[[], Any]
) -> None:
    called: list[str] = []
    first = system.actor(make, actor_name="unsendable")
    second = system.actor(lambda value: value, actor_name="second_link")
    finished = system.actor(called.append, actor_name="chain_outcome")
    system.start()

    together = group([pipeline([first.message(), second.message()]), second.message(1)])
    for when in ("success", "failure"):
        together.add_completion_callback(finished.message_with_options(args=(when,), run_when=when))
    together.run()

    until(lambda: called == ["failure"])
    task = Task.objects.get(actor="unsendable")
    assert (task.state, task.attempts) == (TaskState.DEAD, 1)
    assert last_error(task).startswith("unsendable ran, and its chain ends here: ")
    assert "second_link" in last_error(task)
    assert Task.objects.filter(actor="second_link").count() == 1


@pytest.mark.parametrize("atomic", [False, True])
def test_a_callback_that_cannot_be_told_the_result_fails_the_task(system: System, atomic: bool) -> None:
    seen: list[dict[str, Any]] = []
    refused = system.actor(lambda: Decimal(1), actor_name="refused", on_success="heard", on_failure="heard_of")
    system.actor(lambda message, error: seen.append(error), actor_name="heard_of")
    system.actor(lambda message, result: None, actor_name="heard")
    system.start()

    [task] = system.settled(refused.send_with_options(atomic=atomic))

    assert task.state == TaskState.DEAD
    assert "its callback cannot be sent: heard: args[1] is a Decimal" in last_error(task)
    until(lambda: [error["type"] for error in seen] == ["FollowUpError"])


def test_a_callback_of_another_release_waits_for_it(system: System) -> None:
    quick = system.actor(lambda: 7, actor_name="quick_caller", on_success="of_the_next_release")
    system.start()

    [task] = system.settled(quick.send())

    assert task.state == TaskState.DONE
    until(lambda: Task.objects.filter(actor="of_the_next_release").exclude(errors=[]).exists())
    parked = Task.objects.get(actor="of_the_next_release")
    assert (parked.state, parked.args[1]) == (TaskState.PENDING, 7)


def test_a_callback_is_told_of_a_large_message(system: System) -> None:
    told: list[int] = []
    large = system.actor(lambda text, more: text, actor_name="large", on_success="told_of_large")
    system.actor(lambda message, result: told.append(len(message["args"][0]) + len(result)), actor_name="told_of_large")
    system.start()
    half = "x" * (LIMITS.message_bytes // 2 - 100)

    large.send(half, half)

    until(lambda: told == [2 * len(half)])


def lost(actor: dramatiq.Actor[..., Any], attempts: int) -> Task:
    """Let ``attempts`` workers die while they run a task of ``actor``."""
    message = actor.send()
    for number in range(attempts):
        [task] = transitions.claim(actor.queue_name, 1, worker=f"gone:{number}")
        transitions.start([(str(task.id), task.generation)], f"gone:{number}")
        assert recover(dead_workers=[f"gone:{number}"]) == 1
    return Task.objects.get(id=message.message_id)


def test_callbacks_are_sent_for_attempts_that_a_workers_death_ended(system: System) -> None:
    poison = system.actor(
        lambda: None, actor_name="poison", max_retries=1, on_failure="attempt_failed", on_retry_exhausted="gave_up"
    )

    task = lost(poison, attempts=2)

    assert task.state == TaskState.DEAD
    failures = Task.objects.filter(actor="attempt_failed").order_by("serial")
    assert [row.args[1]["type"] for row in failures] == ["WorkerLostError"] * 2
    assert [row.args[0]["options"]["retries"] for row in failures] == [1, 2]
    [exhausted] = Task.objects.filter(actor="gave_up")
    assert exhausted.args[0]["message_id"] == str(task.id)
    assert exhausted.args[1] == {"retries": 1, "max_retries": 1}


def test_a_group_hears_of_a_child_whose_workers_died(system: System) -> None:
    child = system.actor(lambda: None, actor_name="dying_child", max_retries=0)
    together = group([child.message()])
    together.add_completion_callback(system.actor(lambda: None, actor_name="after_death").message())
    together.run()
    [task] = transitions.claim(child.queue_name, 1, worker="gone:1")
    transitions.start([(str(task.id), task.generation)], "gone:1")

    recover(dead_workers=["gone:1"])

    assert Task.objects.filter(actor="after_death").count() == 1


def test_callbacks_are_sent_when_no_worker_ever_knew_the_task(system: System) -> None:
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name="contract",
        actor_name="never_deployed",
        args=(),
        kwargs={},
        options={"on_failure": "attempt_failed", "on_retry_exhausted": "gave_up"},
    )
    system.actor(lambda: None, actor_name="of_this_release")
    system.broker.enqueue(message)
    long_ago = timezone.now() - LIMITS.unknown_actor - timedelta(hours=1)
    Task.objects.update(errors=[{"type": "", "message": "", parking.SINCE: long_ago.isoformat()}])
    system.start()

    [task] = system.settled(message)

    assert task.state == TaskState.DEAD
    assert Task.objects.filter(actor="attempt_failed").count() == 1
    assert Task.objects.filter(actor="gave_up").count() == 1


def held(system: System, name: str) -> tuple[dramatiq.Actor[..., Any], threading.Event]:
    """Declare a unique actor that waits for the event, and fails when its argument is not 1."""
    gate = system.gate()

    def wait(number: int) -> float:
        assert gate.wait(PATIENCE_SECONDS)
        return 1 / number

    return system.actor(wait, actor_name=name, unique=True, max_retries=0), gate


@pytest.mark.parametrize(("number", "outcome"), [(1, "success"), (0, "failure")])
def test_a_group_waits_for_a_unique_task_that_is_there_already(system: System, number: int, outcome: str) -> None:
    called: list[str] = []
    once, gate = held(system, f"once_{outcome}")
    other = system.actor(lambda: None, actor_name="beside_once")
    finished = system.actor(called.append, actor_name="unique_outcome")
    system.start()
    first = once.send(number)

    groups = []
    # Also two groups that wait for the same one.
    for _ in range(2):
        together = group([other.message(), once.message(number)])
        for when in ("success", "failure"):
            together.add_completion_callback(finished.message_with_options(args=(when,), run_when=when))
        groups.append(together.run())
    until(lambda: Task.objects.filter(actor="beside_once", state=TaskState.DONE).count() == 2)
    assert not Workflow.objects.exclude(completed_at=None).exists()
    gate.set()

    until(lambda: called == [outcome] * 2)
    assert Task.objects.get(id=first.message_id).attempts == 1
    assert set(Task.objects.filter(actor=once.actor_name).values_list("attempts", flat=True)) == {0, 1}
    if number:
        assert list(groups[0].get_results()) == [None, 1.0]


def test_a_chain_goes_on_after_a_unique_task_that_is_there_already(system: System) -> None:
    once, gate = held(system, "once_in_chain")
    double = system.actor(lambda value: value * 2, actor_name="double")
    system.start()
    once.send(1)

    together = group([pipeline([once.message(1), double.message()])]).run()
    gate.set()

    until(lambda: Task.objects.filter(actor="double", state=TaskState.DONE).exists())
    assert list(together.get_results()) == [2.0]


def test_a_task_that_waits_for_a_cancelled_one_is_cancelled(system: System) -> None:
    once = system.actor(lambda: None, actor_name="once_cancelled", unique=True)
    first = once.send()
    together = group([once.message()])
    together.add_completion_callback(system.actor(lambda: None, actor_name="after_cancelling").message())
    together.run()

    cancel([first.message_id])
    system.start()

    until(lambda: Task.objects.filter(actor="after_cancelling").exists())
    assert set(Task.objects.filter(actor="once_cancelled").values_list("state", flat=True)) == {TaskState.CANCELLED}


def test_a_cancelled_task_tells_whoever_waits_for_its_result(system: System) -> None:
    never = system.actor(lambda: None, actor_name="never")
    message = never.send()
    cancel([message.message_id])

    with pytest.raises(ResultFailure, match=r"^actor raised TaskCancelledError: ") as caught:
        message.get_result(block=True, timeout=300_000)

    assert caught.value.orig_exc_type == "TaskCancelledError"


def test_a_task_that_waits_for_another_never_runs_itself(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    asked: list[None] = []
    once = system.actor(ran.append, actor_name="once_unreadable", unique=True)
    first = once.send(1)
    Task.objects.filter(id=first.message_id).update(available_at=timezone.now() + timedelta(days=1))
    together = group([once.message(1)])
    together.add_completion_callback(system.actor(lambda: None, actor_name="after_unreadable").message())
    together.run()

    def away(*args: Any) -> None:
        asked.append(None)
        raise OperationalError("the database is away")

    monkeypatch.setattr(followers, "follow", away)
    system.start()

    until(lambda: bool(asked))
    system.settled(system.actor(lambda: None, actor_name="beside_unreadable").send())
    assert ran == []
