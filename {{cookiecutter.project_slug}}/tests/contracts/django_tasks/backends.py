"""The project's backend in the places where Django's tests expect Django's backends."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from django.db import connection, connections
from django.tasks import TaskResult

from framework.tasks import pause, resume
from framework.tasks.backend import ACTOR, DramatiqBackend, result_of
from framework.tasks.models import Task
from framework.tasks.states import ENDED
from tests.contracts.conftest import until


class Waiting(DramatiqBackend):
    """In the place of ``DummyBackend``: its queue is paused, so that a task stays as it was enqueued."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> "TaskResult[Any, Any]":
        """Write the row of ``task``, which no worker is handed."""
        pause(task.queue_name)
        return super().enqueue(task, args, kwargs)

    @property
    def results(self) -> "list[TaskResult[Any, Any]]":
        """What the rows say, in the order of their writing; some tests ask from inside an event loop."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return list(self._results())
        with ThreadPoolExecutor(1) as elsewhere:
            return elsewhere.submit(self._results_and_close).result()

    def clear(self) -> None:
        """Forget all results."""
        Task.objects.filter(actor=ACTOR).delete()

    def _results(self) -> "Iterator[TaskResult[Any, Any]]":
        for row in Task.objects.filter(actor=ACTOR).order_by("serial"):
            yield result_of(row, self.alias)

    def _results_and_close(self) -> "list[TaskResult[Any, Any]]":
        try:
            return list(self._results())
        finally:
            connections.close_all()


class Awaited(DramatiqBackend):
    """In the place of ``ImmediateBackend``: waits until a worker has run the task, unless that needs a commit."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> "TaskResult[Any, Any]":
        """Write the row of ``task`` and return what became of it."""
        resume(task.queue_name)
        result = super().enqueue(task, args, kwargs)
        if not connection.in_atomic_block:
            until(lambda: Task.objects.filter(id=result.id, state__in=ENDED).exists())
            result.refresh()
        return result


_PLACES: Final[dict[str, type[DramatiqBackend]]] = {
    "django.tasks.backends.base.BaseTaskBackend": DramatiqBackend,
    "django.tasks.backends.dummy.DummyBackend": Waiting,
    "django.tasks.backends.immediate.ImmediateBackend": Awaited,
}


def switch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each name of a backend of Django's mean ours, whether it is imported or stands in ``TASKS``."""
    for name, backend in _PLACES.items():
        monkeypatch.setattr(name, backend)
