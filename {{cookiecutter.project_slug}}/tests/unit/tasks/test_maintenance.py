"""What dead workers held comes back; what ended long ago goes."""

import dataclasses
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import dramatiq
import pytest
from django.db import connection
from django.utils import timezone

from framework.tasks import TaskState, tasks, transitions
from framework.tasks.conf import LIMITS
from framework.tasks.liveness import Liveness, is_gone
from framework.tasks.maintenance import FORGET, SETTLE_SECONDS, Maintenance
from framework.tasks.membership import beat, find_dead, leave
from framework.tasks.models import InboxEntry, Task, Worker, Workflow
from framework.tasks.transitions import claim, database, delete_batch, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@contextmanager
def lock_of(worker: str) -> Iterator[str]:
    """Hold the lock of ``worker`` from a thread with a connection of its own."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        liveness = Liveness(worker, "default")
        thread.submit(liveness.hold).result()
        try:
            yield worker
        finally:
            thread.submit(liveness.release).result()


@pytest.fixture
def living() -> Iterator[str]:
    with lock_of("here:1:living") as worker:
        yield worker


@pytest.fixture
def maintenance() -> Maintenance:
    """Return one whose connection has lasted long enough to trust the locks."""
    maintenance = Maintenance()
    maintenance.poll()
    maintenance._since -= SETTLE_SECONDS
    return maintenance


def join(worker: str) -> None:
    """Enter a worker that beat last a while ago."""
    beat(worker, queues=["care"], threads=1)
    Worker.objects.filter(name=worker).update(beat_at=timezone.now() - 3 * LIMITS.heartbeat)


def started_by(worker: str, **options: object) -> str:
    actor = dramatiq.actor(lambda: None, actor_name=f"care_{worker}", queue_name="care", **options)  # type: ignore[call-overload]
    actor.send()
    [task] = claim("care", 1, worker=worker)
    start([(str(task.id), task.generation)], worker)
    return str(task.id)


def ended(state: TaskState, age: timedelta, number: int = 1, workflow: uuid.UUID | None = None) -> None:
    Task.objects.bulk_create(
        Task(id=uuid.uuid4(), queue="care", state=state, finished_at=timezone.now() - age, workflow=workflow)
        for _ in range(number)
    )


def test_a_dead_workers_task_comes_back_and_a_living_ones_does_not(living: str, maintenance: Maintenance) -> None:
    join("there:2:dead")
    join(living)
    lost, kept = started_by("there:2:dead"), started_by(living)

    maintenance.poll()

    row = Task.objects.get(id=lost)
    assert (row.state, row.worker, row.errors[0]["message"]) == (
        "pending",
        "",
        "The worker died while it ran the task.",
    )
    assert Task.objects.get(id=kept).state == TaskState.RUNNING
    assert [worker.name for worker in Worker.objects.all()] == [living]


def test_a_dead_workers_last_attempt_was_the_last(maintenance: Maintenance) -> None:
    join("there:2:dead")
    lost = started_by("there:2:dead", max_retries=0)

    maintenance.poll()

    assert Task.objects.get(id=lost).state == TaskState.DEAD


@pytest.mark.skipif(
    connection.vendor == "postgresql", reason="a new connection to PostgreSQL does not trust free locks yet"
)
def test_a_released_lock_counts_as_gone() -> None:
    join("here:3:stopped")

    with lock_of("here:3:stopped") as worker:
        assert (is_gone(worker, database()), find_dead()) == (False, [])

    assert (is_gone(worker, database()), find_dead()) == (True, [worker])


def test_a_worker_that_leaves_is_struck_off_and_one_silent_for_long_too(living: str) -> None:
    beat("here:4:left", queues=["care"], threads=2)
    beat(living, queues=["care"], threads=2)
    beat(living, queues=["care", "desk"], threads=2)

    leave("here:4:left")
    assert [worker.queues for worker in Worker.objects.all()] == [["care", "desk"]]
    Worker.objects.update(beat_at=timezone.now() - FORGET - timedelta(minutes=1))
    Maintenance().poll()

    assert not Worker.objects.exists()


def test_old_rows_go_in_batches_and_dead_ones_stay_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "LIMITS", dataclasses.replace(LIMITS, batch=2))
    week = LIMITS.retention + timedelta(hours=1)
    for state in (TaskState.DONE, TaskState.CANCELLED, TaskState.DEAD):
        ended(state, week, number=5)
        ended(state, timedelta(hours=1))
    ended(TaskState.DEAD, LIMITS.dead_retention + timedelta(hours=1), number=3)

    assert (
        delete_batch(Task.objects.filter(state=TaskState.DONE, finished_at__lt=timezone.now() - timedelta(days=1))) == 2
    )
    tasks.delete_ended_tasks()

    left = [Task.objects.filter(state=state).count() for state in (TaskState.DONE, TaskState.CANCELLED, TaskState.DEAD)]
    assert left == [1, 1, 6]


def test_what_an_unfinished_group_counts_and_recent_messages_are_kept() -> None:
    for completed_at in (None, timezone.now()):
        group = Workflow.objects.create(id=uuid.uuid4(), children=1, completed_at=completed_at)
        ended(TaskState.DONE, LIMITS.retention * 2, workflow=group.id)
    for message_id, age in (("new", timedelta(days=1)), ("old", LIMITS.dead_retention + timedelta(days=1))):
        InboxEntry.objects.create(consumer="care", message_id=message_id, claimed_at=timezone.now() - age)

    tasks.delete_ended_tasks()

    assert Workflow.objects.get(completed_at=None).id == Task.objects.get().workflow
    assert InboxEntry.objects.get().message_id == "new"
