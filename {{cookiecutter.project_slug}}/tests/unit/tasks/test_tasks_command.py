"""``manage.py tasks``."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import dramatiq
import pytest
from django.core.management import call_command

from framework.tasks import TaskState, every, run_schedules, run_tasks, scheduling
from framework.tasks.membership import beat
from framework.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("tasks", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def read(*arguments: str) -> Any:
    return json.loads(output(*arguments, "--json"))


def declare(name: str, body: object = lambda: None, queue: str = "desk") -> dramatiq.Actor[..., object]:
    return dramatiq.actor(body, actor_name=name, queue_name=queue, max_retries=0)  # type: ignore[call-overload, no-any-return]


def state_of(task_id: str) -> str:
    return Task.objects.get(id=task_id).state


def test_the_list_is_the_newest_first_and_filtered() -> None:
    first, second, other = (declare("write").send(), declare("draw").send(), declare("file", queue="shelf").send())

    assert [row["id"] for row in read("list")] == [other.message_id, second.message_id, first.message_id]
    assert [row["id"] for row in read("list", "--limit", "1")] == [other.message_id]
    assert [row["actor"] for row in read("list", "--queue", "desk")] == ["draw", "write"]
    assert [row["actor"] for row in read("list", "--actor", "write")] == ["write"]
    assert read("list", "--state", "done") == []


def test_one_task_is_shown_with_arguments_and_errors() -> None:
    message = declare("divide", lambda number: number / 0).send(7)
    run_tasks()

    shown = read("show", message.message_id)

    assert (shown["actor"], shown["args"], shown["state"]) == ("divide", [7], "dead")
    assert shown["errors"][0]["type"] == "builtins.ZeroDivisionError"
    assert "ZeroDivisionError" in output("show", message.message_id)


def test_a_dead_task_is_listed_and_retried() -> None:
    message = declare("divide", lambda: 1 / 0).send()
    declare("write").send()
    run_tasks()

    assert [row["id"] for row in read("dead")] == [message.message_id]
    assert read("retry", message.message_id) == {"due_again": 1, "of": 1}
    assert (state_of(message.message_id), read("dead")) == (TaskState.PENDING, [])


def test_a_finished_task_is_neither_retried_nor_cancelled() -> None:
    message = declare("write").send()
    run_tasks()

    assert read("retry", message.message_id) == {"due_again": 0, "of": 1}
    assert read("cancel", message.message_id) == {"cancelled": 0, "of": 1}
    assert state_of(message.message_id) == TaskState.DONE


def test_cancelling_takes_several_ids_and_leaves_the_others() -> None:
    actor = declare("write")
    one, two, three = (actor.send().message_id for _ in range(3))

    assert output("cancel", one, two).strip() == "cancelled: 2, of: 2"
    assert [state_of(task) for task in (one, two, three)] == ["cancelled", "cancelled", "pending"]


def test_requeue_makes_the_chosen_dead_tasks_due() -> None:
    for name in ("divide", "halve"):
        declare(name, lambda: 1 / 0).send()
    run_tasks()

    assert read("requeue", "--actor", "halve") == {"due_again": 1}
    assert [row["actor"] for row in read("dead")] == ["divide"]
    assert read("requeue", "--queue", "desk") == {"due_again": 1}


def test_a_paused_queue_hands_out_nothing_until_it_is_resumed() -> None:
    message = declare("write").send()

    assert read("pause", "desk") == {"queue": "desk", "paused": True, "changed": True}
    assert not read("pause", "desk")["changed"]
    assert (run_tasks(), read("queues")["paused"]) == ([], ["desk"])
    assert read("resume", "desk") == {"queue": "desk", "paused": False, "changed": True}
    assert [str(task.id) for task in run_tasks()] == [message.message_id]


def test_purge_cancels_what_waits_in_that_queue_only() -> None:
    waiting, kept = declare("write").send(), declare("file", queue="shelf").send()

    assert read("purge", "desk", "--no-input") == {"queue": "desk", "cancelled": 1}
    assert (state_of(waiting.message_id), state_of(kept.message_id)) == ("cancelled", "pending")


def test_queues_are_counted_by_state() -> None:
    declare("write").send()
    run_tasks()
    declare("draw").send()

    assert read("queues")["queues"] == {"desk": {"done": 1, "pending": 1}}


def test_workers_tell_their_queues_and_threads() -> None:
    beat("host:1:a", queues=["desk"], threads=3)

    [worker] = read("workers")

    assert (worker["name"], worker["queues"], worker["threads"], worker["running"]) == ("host:1:a", ["desk"], 3, 0)


def test_a_schedule_shows_the_runs_to_come_or_that_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "_plans", {})
    every(hours=1)(declare("tick"))
    run_schedules(datetime(2040, 1, 1, 12, tzinfo=UTC))

    [row] = read("schedule")
    scheduling._plans.clear()

    assert row["then"] == ["2040-01-01 14:00:00+00:00", "2040-01-01 15:00:00+00:00"]
    assert read("schedule")[0]["then"] == "no longer declared"
