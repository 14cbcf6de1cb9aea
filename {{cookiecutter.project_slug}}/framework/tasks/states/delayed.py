"""Delayed: pending rows whose time has not come, be it a delay, a retry or a rate limit."""

from collections.abc import Collection

from django.db import connections
from django.db.models import QuerySet

from framework.tasks.clock import now
from framework.tasks.lanes import next_due
from framework.tasks.models import Task

from . import TaskState


def delayed(using: str) -> QuerySet[Task]:
    """Return what waits for its time."""
    return Task.objects.using(using).filter(state=TaskState.PENDING, available_at__gt=now(using))


def seconds_until_next(queues: Collection[str], using: str) -> float | None:
    """Return how many seconds it takes until the next row of ``queues`` is due; ``None`` when none waits.

    Rows that became due just now count, with no wait at all.
    """
    left = next_due(connections[using], list(queues)) if queues else None
    return None if left is None else max(0.0, left.total_seconds())
