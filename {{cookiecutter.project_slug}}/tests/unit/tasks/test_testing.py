"""What tests use to send, run and schedule tasks."""

from datetime import UTC, datetime, timedelta

import dramatiq
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from framework.tasks import TaskState, captured_tasks, eager_tasks, every, run_schedules, run_tasks, scheduling
from framework.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def declare(name: str, body: object, queue: str = "trials", **options: object) -> dramatiq.Actor[..., object]:
    return dramatiq.actor(body, actor_name=name, queue_name=queue, **options)  # type: ignore[call-overload, no-any-return]


def test_captured_tasks_stand_in_order_and_only_from_inside_the_block() -> None:
    note = declare("note", lambda word: None)
    note.send("before")

    with captured_tasks() as messages:
        note.send("first")
        note.send("second")
    note.send("after")

    assert [message.args for message in messages] == [("first",), ("second",)]


def test_an_inner_block_captures_for_itself_and_ends_with_an_error() -> None:
    note = declare("note", lambda word: None)

    with captured_tasks() as outer:
        with pytest.raises(ValueError, match="no"), captured_tasks() as inner:
            note.send("inner")
            raise ValueError("no")
        note.send("outer")

    assert [message.args for message in inner] == [("inner",)]
    assert [message.args for message in outer] == [("outer",)]


def test_captured_tasks_do_not_run() -> None:
    ran: list[int] = []
    mark = declare("mark", lambda: ran.append(1))

    with captured_tasks():
        mark.send()

    assert (ran, Task.objects.get().state) == ([], TaskState.PENDING)


def test_a_second_message_with_a_taken_key_is_not_captured() -> None:
    once = declare("once", lambda: None, unique=True)

    with captured_tasks() as messages:
        once.send()
        once.send()

    assert len(messages) == 1


def test_eager_tasks_have_run_when_send_returns() -> None:
    ran: list[str] = []
    mark = declare("mark", ran.append)

    with eager_tasks():
        mark.send("in")
        seen = list(ran)
    mark.send("out")

    assert (seen, ran) == (["in"], ["in"])


def test_what_an_eager_task_sends_runs_after_it() -> None:
    ran: list[str] = []
    child = declare("child", lambda: ran.append("child"))

    def parent() -> None:
        child.send()
        ran.append("parent")

    with eager_tasks():
        declare("parent", parent).send()

    assert ran == ["parent", "child"]


def test_an_eager_failure_does_not_reach_the_sender_and_waits() -> None:
    with eager_tasks():
        declare("fail", lambda: 1 / 0).send()

    task = Task.objects.get()
    assert (task.state, task.attempts) == (TaskState.PENDING, 1)


def test_an_eager_task_shares_the_transaction_of_its_sender() -> None:
    mark = declare("mark", lambda: None)

    with pytest.raises(RuntimeError, match="no"), eager_tasks(), transaction.atomic():
        mark.send()
        assert Task.objects.get().state == TaskState.DONE
        raise RuntimeError("no")

    assert not Task.objects.exists()


def test_arguments_pass_through_serialization() -> None:
    declare("keys", sorted).send({1: "one"})

    assert [task.result for task in run_tasks()] == [["1"]]


def test_tasks_of_every_queue_run_by_priority_and_only_when_due() -> None:
    declare("late", lambda: None, priority=5).send()
    declare("early", lambda: None, priority=1).send()
    declare("elsewhere", lambda: None, queue="a_trial").send()
    declare("delayed", lambda: None).send_with_options(delay=60_000)

    assert [task.actor for task in run_tasks()] == ["elsewhere", "early", "late"]
    assert run_tasks() == []


def test_tasks_that_send_themselves_for_ever_are_told() -> None:
    def again() -> None:
        actor.send()

    actor = declare("again", again)
    actor.send()

    with pytest.raises(ImproperlyConfigured, match="Tasks still send tasks after 100 rounds; do they ever end"):
        run_tasks()


def test_schedules_run_at_the_moment_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "_plans", {})
    every(minutes=5)(declare("tick", lambda: "ticked"))
    run_schedules(START)

    with captured_tasks() as early:
        run_schedules(START + timedelta(minutes=4))
    with captured_tasks() as due:
        run_schedules(START + timedelta(minutes=5))

    assert ([message.actor_name for message in early], [message.actor_name for message in due]) == ([], ["tick"])
    assert [task.result for task in run_tasks()] == ["ticked"]
