"""What Django's own tests leave open about a backend whose tasks run elsewhere."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.dispatch import Signal
from django.tasks import task
from django.tasks.signals import task_enqueued, task_started

from framework.tasks.models import Task
from framework.tasks.tasks import django_task
from tests.contracts.conftest import System, until


@task
def double(number: int) -> int:
    """Return twice the number."""
    return number * 2


def test_a_refreshed_result_tells_what_the_worker_did(system: System) -> None:
    system.broker.declare_actor(django_task)
    system.start()

    waiting, awaited = double.enqueue(21), double.enqueue(4)
    until(lambda: Task.objects.filter(state="done").count() == 2)
    waiting.refresh()
    async_to_sync(awaited.arefresh)()

    assert (waiting.return_value, awaited.return_value) == (42, 8)
    assert (waiting.attempts, awaited.attempts) == (1, 1)


def test_a_worker_starts_a_task_after_those_who_listen_for_it_were_told(system: System) -> None:
    told: list[str] = []
    system.broker.declare_actor(django_task)
    system.start()

    def slowly(**_: Any) -> None:
        # Long enough for a worker that could see the row already.
        threading.Event().wait(0.3)
        told.append("enqueued")

    with listening(task_enqueued, slowly), listening(task_started, lambda **_: told.append("started")):
        double.enqueue(1)
        until(lambda: Task.objects.filter(state="done").exists())

    assert told == ["enqueued", "started"]


def test_a_listener_that_fails_leaves_no_task_behind(system: System) -> None:
    def refuse(**_: Any) -> None:
        raise RuntimeError("not this one")

    with listening(task_enqueued, refuse), pytest.raises(RuntimeError, match="not this one"):
        double.enqueue(1)

    assert not Task.objects.exists()


@contextmanager
def listening(signal: Signal, receiver: Any) -> Iterator[None]:
    """Call ``receiver`` with what ``signal`` tells inside the block."""
    signal.connect(receiver, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver)
