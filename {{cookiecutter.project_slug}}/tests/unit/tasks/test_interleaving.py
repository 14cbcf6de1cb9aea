"""What another process does between two statements of one change."""

import uuid
from datetime import timedelta

import dramatiq
import pytest

from framework.tasks import TaskState, cancel, retry
from framework.tasks.models import Task, Workflow
from framework.tasks.recovery import recover
from framework.tasks.transitions import claim, finish, postpone, put_back, release_worker, start
from framework.tasks.workflows import settle
from tests.interleaving import just_after

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.usefixtures("broker")]

QUEUE = "interleaved"


@pytest.fixture
def child() -> dramatiq.Actor[..., None]:
    @dramatiq.actor(queue_name=QUEUE, max_retries=3)
    def child() -> None:
        """Do nothing."""

    return child


def run(message: dramatiq.Message[None]) -> tuple[str, int]:
    """Let a worker begin the task of ``message``, and return its hand-over."""
    held = [(str(task.id), task.generation) for task in claim(QUEUE, 10) if str(task.id) == message.message_id]
    assert start(held, "some worker")
    return held[0]


def of_group(child: dramatiq.Actor[..., None], workflow: Workflow) -> dramatiq.Message[None]:
    message = child.send()
    Task.objects.filter(id=message.message_id).update(workflow=workflow.id)
    return message


def test_a_child_that_is_written_while_another_ends_is_waited_for(child: dramatiq.Actor[..., None]) -> None:
    workflow = Workflow.objects.create(id=uuid.uuid4(), children=2)
    held = run(of_group(child, workflow))
    assert finish([(*held, None)])

    with just_after("finished_at", lambda: of_group(child, workflow)):
        settle([workflow.id], "default")

    assert Workflow.objects.get().completed_at is None


def test_a_task_that_waits_and_begins_while_it_is_retried_runs_once(child: dramatiq.Actor[..., None]) -> None:
    message = child.send()

    with just_after("SELECT", lambda: run(message)):
        assert retry([message.message_id]) == 0

    assert Task.objects.get().state == TaskState.RUNNING


def test_a_task_that_fails_while_it_is_cancelled_is_cancelled_with_its_group(child: dramatiq.Actor[..., None]) -> None:
    workflow = Workflow.objects.create(id=uuid.uuid4(), children=1)
    message = of_group(child, workflow)
    held = run(message)

    with just_after("tasks_task", lambda: postpone(*held, timedelta(0), [])):
        assert cancel([message.message_id]) == 1

    assert Task.objects.get().state == TaskState.CANCELLED
    assert Workflow.objects.get().completed_at is not None


@pytest.mark.parametrize("how", ["fails", "is put back", "loses its worker"])
def test_a_task_asked_to_stop_does_not_begin_again(child: dramatiq.Actor[..., None], how: str) -> None:
    held = run(child.send())
    assert cancel([held[0]]) == 1

    if how == "fails":
        postpone(*held, timedelta(0), [])
    elif how == "is put back":
        put_back(*held, timedelta(0))
    else:
        release_worker("some worker")
        recover(dead_workers=["some worker"])

    assert Task.objects.get().state == TaskState.CANCELLED
    assert claim(QUEUE, 10) == []
