"""Leased: sent or running, in somebody's hands until the lease ends."""

from collections.abc import Collection
from typing import Final

from django.db.models import Q, QuerySet

from framework.tasks.clock import now
from framework.tasks.conf import LIMITS
from framework.tasks.models import Task

from . import LEASED, TaskState

# What the index holds; SQLite cannot tell from the states alone.
HELD: Final = Q(lease_until__isnull=False)


def leased(using: str) -> QuerySet[Task]:
    """Return what is in the broker or in a worker."""
    return Task.objects.using(using).filter(HELD, state__in=LEASED)


def running(using: str) -> QuerySet[Task]:
    """Return what has been started and has not ended."""
    return Task.objects.using(using).filter(HELD, state=TaskState.RUNNING)


def abandoned(using: str, *, dead_workers: Collection[str] = ()) -> QuerySet[Task]:
    """Return what nobody works on any more: its lease has ended, or its holder is known to be gone.

    A lease that ends later than any that is given out now was given by a clock which has been set back since.
    """
    gone = Q(lease_until__lt=now(using)) | Q(lease_until__gt=now(using) + 2 * LIMITS.lease)
    if dead_workers:
        gone |= Q(worker__in=list(dead_workers))
    return leased(using).filter(gone)


def published(queues: Collection[str], using: str) -> list[str]:
    """Return those of ``queues`` that have rows in the broker."""
    rows = Task.objects.using(using).filter(HELD, state=TaskState.SENT, worker="", queue__in=queues)
    return list(rows.values_list("queue", flat=True).distinct())
