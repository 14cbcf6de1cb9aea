"""What becomes of a row while its task runs."""

from datetime import timedelta

import dramatiq
import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.utils import timezone

from framework.tasks import TaskState, cancel, current_task_id, retry, run_tasks
from framework.tasks.backoff import MIN_BACKOFF
from framework.tasks.message import to_message
from framework.tasks.models import Task
from framework.tasks.recovery import recover
from framework.tasks.transitions import claim, finish, release_worker, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


def declare(name: str, body: object, **options: object) -> dramatiq.Actor[..., object]:
    return dramatiq.actor(body, actor_name=name, queue_name="ledger", **options)  # type: ignore[call-overload, no-any-return]


def declare_again(name: str, body: object) -> None:
    del dramatiq.get_broker().actors[name]
    declare(name, body)


def test_a_task_runs_and_its_result_stands_in_the_row() -> None:
    double = declare("double", lambda number: number * 2)
    double.send(21)

    [task] = run_tasks()

    assert (task.state, task.result, task.attempts) == (TaskState.DONE, 42, 1)
    assert task.worker
    assert task.finished_at is not None


def test_a_task_knows_its_own_id() -> None:
    seen = []
    ask = declare("ask", lambda: seen.append(str(current_task_id())))
    message = ask.send()

    run_tasks()

    assert seen == [message.message_id]


def test_a_failure_waits_for_its_retry_and_keeps_the_error() -> None:
    fail = declare("fail", lambda: 1 / 0)
    fail.send()

    [task] = run_tasks()

    assert (task.state, task.attempts) == (TaskState.PENDING, 1)
    assert task.available_at >= task.created_at + timedelta(milliseconds=MIN_BACKOFF / 2)
    assert task.errors[0]["type"] == "builtins.ZeroDivisionError"
    assert "ZeroDivisionError" in task.errors[0]["traceback"]


def test_a_task_is_dead_after_its_last_attempt() -> None:
    fail = declare("fail_once", lambda: 1 / 0, max_retries=0)
    fail.send()

    [task] = run_tasks()

    assert (task.state, task.attempts) == (TaskState.DEAD, 1)


def test_an_expected_exception_is_not_retried() -> None:
    fail = declare("fail_expected", lambda: 1 / 0, throws=(ZeroDivisionError,))
    fail.send()

    [task] = run_tasks()

    assert task.state == TaskState.DEAD


def test_a_retry_exception_sets_its_own_delay() -> None:
    def later() -> None:
        raise dramatiq.Retry("busy", delay=3_600_000)

    declare("later", later).send()

    [task] = run_tasks()

    assert task.available_at > timezone.now() + timedelta(minutes=59)


def test_an_atomic_actor_rolls_back_with_its_failure() -> None:
    def half() -> None:
        Group.objects.create(name="half")
        raise ValueError("no")

    declare("half", half, atomic=True).send()

    [task] = run_tasks()

    assert task.state == TaskState.PENDING
    assert not Group.objects.filter(name="half").exists()


def test_an_atomic_actor_that_lost_its_lease_leaves_no_effect() -> None:
    def slow() -> None:
        Group.objects.create(name="slow")
        Task.objects.update(generation=99)

    declare("slow", slow, atomic=True).send()

    run_tasks()

    assert not Group.objects.filter(name="slow").exists()


def test_an_outcome_waits_for_what_follows_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("the database takes no transaction now")

    declare("after", lambda outcome, result: None)
    declare("first", lambda: None, on_success="after").send()
    monkeypatch.setattr("framework.tasks.outcome.open_block", refuse)

    run_tasks()
    monkeypatch.undo()

    first = Task.objects.get(actor="first")
    assert first.state == TaskState.RUNNING
    # As after any lease that ended.
    Task.objects.filter(actor="first").update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    run_tasks()
    first.refresh_from_db()
    assert (first.state, first.attempts) == (TaskState.DONE, 2)
    assert {task.state for task in Task.objects.filter(actor="after")} == {TaskState.DONE}


def test_a_doubled_hand_over_starts_once() -> None:
    declare("once", lambda: None).send()
    [task] = claim("ledger", 10)

    first = start([(str(task.id), task.generation)], "a:1")
    second = start([(str(task.id), task.generation)], "b:2")

    assert (first, second) == ({str(task.id)}, set())


def test_a_late_worker_cannot_finish_what_was_handed_over_again() -> None:
    declare("late", lambda: None).send()
    [task] = claim("ledger", 10)
    start([(str(task.id), task.generation)], "a:1")
    Task.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    [again] = claim("ledger", 10)

    assert not finish([(str(task.id), task.generation, None)])
    assert again.generation > task.generation


def test_a_task_that_kills_its_workers_dies_after_its_attempts() -> None:
    declare("poison", lambda: None, max_retries=1).send()
    for _ in range(2):
        [task] = claim("ledger", 10)
        start([(str(task.id), task.generation)], "a:1")
        Task.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        recover()

    assert Task.objects.get().state == TaskState.DEAD
    assert Task.objects.get().errors[-1]["type"] == "framework.tasks.exceptions.WorkerLostError"


def test_what_a_stopping_worker_holds_is_handed_back_uncounted() -> None:
    declare("cut", lambda: None).send()
    [task] = claim("ledger", 10, worker="a:1")
    start([(str(task.id), task.generation)], "a:1")

    assert release_worker("a:1") == 1

    row = Task.objects.get(id=task.id)
    assert (row.state, row.attempts) == (TaskState.PENDING, 0)


def test_a_cancelled_task_does_not_run_until_it_is_retried() -> None:
    ran: list[int] = []
    mark = declare("mark", lambda: ran.append(1))
    mark.send()
    task = Task.objects.get()

    assert cancel([task.id]) == 1
    assert run_tasks() == []
    assert retry([task.id]) == 1
    run_tasks()

    assert ran == [1]


def test_an_unknown_actor_waits_for_a_worker_that_knows_it() -> None:
    actor = declare("gone", lambda: None)
    actor.send()
    del actor.broker.actors["gone"]

    [task] = run_tasks()

    assert (task.state, task.attempts) == (TaskState.PENDING, 0)
    assert task.available_at >= task.created_at + timedelta(seconds=30)
    assert "ActorNotFound" in task.errors[0]["type"]


def test_arguments_that_newer_code_does_not_take_are_told_and_wait() -> None:
    declare("changed", lambda old: None).send(old=1)
    declare_again("changed", lambda new: None)

    [task] = run_tasks()

    assert (task.state, task.attempts) == (TaskState.PENDING, 0)
    assert "changed(new) does not take the arguments" in task.errors[0]["message"]


def test_what_a_task_sends_runs_too() -> None:
    child = declare("child", lambda: "done")

    def parent() -> None:
        child.send()

    declare("parent", parent).send()

    assert [task.actor for task in run_tasks()] == ["parent", "child"]


def test_a_message_carries_its_fencing_token() -> None:
    declare("fenced", lambda: None).send()
    [task] = claim("ledger", 10)

    assert to_message(task).options["generation"] == 1
