"""Pending: written and due, waiting for a worker or the relay."""

from django.db.models import Min, QuerySet
from django.utils import timezone

from framework.tasks.clock import now
from framework.tasks.models import Task

from . import TaskState


def pending(using: str) -> QuerySet[Task]:
    """Return what may start now, whether or not its queue is paused."""
    return Task.objects.using(using).filter(state=TaskState.PENDING, available_at__lte=now(using))


def oldest_pending_seconds(using: str) -> float | None:
    """Return how long the task that has been due longest waits; ``None`` when nothing does."""
    oldest = pending(using).aggregate(oldest=Min("available_at"))["oldest"]
    return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else None
