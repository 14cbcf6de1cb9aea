"""Pending: written and due, waiting for a worker or the relay."""

from django.db.models import DurationField, ExpressionWrapper, Min, QuerySet

from framework.tasks.clock import now
from framework.tasks.models import Task

from . import TaskState


def pending(using: str) -> QuerySet[Task]:
    """Return what may start now, whether or not its queue is paused."""
    return Task.objects.using(using).filter(state=TaskState.PENDING, available_at__lte=now(using))


def oldest_pending_seconds(using: str) -> float | None:
    """Return how long the task that has been due longest waits; ``None`` when nothing does."""
    waited = ExpressionWrapper(now(using) - Min("available_at"), DurationField())
    longest = pending(using).aggregate(waited=waited)["waited"]
    return None if longest is None else max(0.0, longest.total_seconds())
