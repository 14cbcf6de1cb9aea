"""``manage.py tasks``."""

import json
import uuid
from io import StringIO

import dramatiq
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from framework.tasks import TaskState, pause, run_schedules, run_tasks
from framework.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


def tasks(*arguments: str) -> str:
    output = StringIO()
    call_command("tasks", *arguments, stdout=output)
    return output.getvalue()


def send_dead() -> dramatiq.Message[None]:
    @dramatiq.actor(actor_name="fail_in_command", max_retries=0)
    def fail() -> None:
        raise ValueError("no such order")

    message = fail.send()
    run_tasks()
    return message


def test_the_id_that_a_table_shows_is_one_that_can_be_given() -> None:
    message = send_dead()
    shown = message.message_id[:8]

    listed = tasks("dead")
    told = tasks("retry", shown)

    assert shown in listed
    assert told.strip() == "due again: 1, of: 1"
    assert Task.objects.get().state == TaskState.PENDING


def test_an_id_that_is_of_no_task_or_of_several_is_told() -> None:
    for digits in ("1", "2"):
        dramatiq.get_broker().enqueue(
            dramatiq.Message(
                queue_name="default",
                actor_name="x",
                args=(),
                kwargs={},
                options={},
                message_id=str(uuid.UUID("abcdabcd" + digits * 24)),
            )
        )

    with pytest.raises(CommandError, match="More than one task begins with abcd;"):
        tasks("show", "abcd")
    with pytest.raises(CommandError, match="There is no task 00000000"):
        tasks("cancel", "00000000")
    with pytest.raises(CommandError, match="'nonsense' is not how"):
        tasks("retry", "nonsense")
    assert json.loads(tasks("show", "ABCDABCD-1", "--json"))["id"] == "abcdabcd-1111-1111-1111-111111111111"


def test_a_task_is_shown_with_its_traceback_as_python_prints_it() -> None:
    message = send_dead()

    shown = tasks("show", message.message_id)

    assert "Error 1 of 1\nTraceback (most recent call last):\n" in shown
    assert shown.endswith("ValueError: no such order\n")


def test_a_declared_schedule_tells_the_run_after_the_next() -> None:
    tasks("schedule")
    run_schedules(timezone.now())

    [row] = [row for row in json.loads(tasks("schedule", "--json")) if row["name"] == "delete_ended_tasks"]

    assert len(row["then"]) == 2


def test_a_paused_queue_is_shown_though_it_is_empty() -> None:
    pause("elsewhere")

    assert [line for line in tasks("queues").splitlines() if "elsewhere" in line and "True" in line]
