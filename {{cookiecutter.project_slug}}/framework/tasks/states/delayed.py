"""Delayed: pending rows whose time has not come, be it a delay, a retry or a rate limit."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db.models import DurationField, ExpressionWrapper, Min, QuerySet

from framework.tasks.clock import now
from framework.tasks.models import Task

from . import TaskState

# What became due between a claim and the question what comes next must not be overlooked.
_OVERLAP: Final = timedelta(milliseconds=20)


def delayed(using: str) -> QuerySet[Task]:
    """Return what waits for its time."""
    return Task.objects.using(using).filter(state=TaskState.PENDING, available_at__gt=now(using))


def seconds_until_next(queues: Collection[str], using: str) -> float | None:
    """Return how many seconds it takes until the next row of ``queues`` is due; ``None`` when none waits.

    Rows that became due just now count, with no wait at all.
    """
    pending = Task.objects.using(using).filter(state=TaskState.PENDING, queue__in=queues)
    left = ExpressionWrapper(Min("available_at") - now(using), DurationField())
    soonest = pending.filter(available_at__gt=now(using) - _OVERLAP).aggregate(left=left)["left"]
    return None if soonest is None else max(0.0, soonest.total_seconds())
