"""Pending: written and due, waiting for a worker or the relay."""

from django.db import connections
from django.db.models import Q, QuerySet

from framework.tasks.lanes import oldest_due
from framework.tasks.models import Task

from . import TaskState
from .leased import HELD


def waiting_in(queue: str, using: str) -> QuerySet[Task]:
    """Return what no worker has begun of ``queue``: what is due, what waits for its time, and what a broker holds."""
    held_by_broker = HELD & Q(state=TaskState.SENT)
    return Task.objects.using(using).filter(Q(state=TaskState.PENDING) | held_by_broker, queue=queue)


def oldest_pending_seconds(using: str) -> float | None:
    """Return how long the task that has been due longest waits; ``None`` when nothing does."""
    waited = oldest_due(connections[using])
    return None if waited is None else max(0.0, waited.total_seconds())
