"""Ended: done, dead or cancelled; nothing happens to such a row by itself except its deletion."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from framework.tasks.models import Task, Workflow

from . import ENDED, TaskState


def ended(using: str) -> QuerySet[Task]:
    """Return what is done, dead or cancelled."""
    return Task.objects.using(using).filter(state__in=ENDED)


def dead(using: str) -> QuerySet[Task]:
    """Return what failed for good and waits for somebody to look at it."""
    return Task.objects.using(using).filter(state=TaskState.DEAD)


def in_batches(rows: QuerySet[Task], size: int) -> Iterator[list[UUID]]:
    """Yield the ids of ``rows`` by ``size``, in the order in which they ended; each once, whatever becomes of it."""
    rows = rows.order_by("finished_at", "serial")
    rest = rows
    while batch := list(rest.values_list("finished_at", "serial", "id")[:size]):
        yield [task_id for *_, task_id in batch]
        moment, serial, _ = batch[-1]
        rest = rows.filter(Q(finished_at__gt=moment) | Q(finished_at=moment, serial__gt=serial))


def ended_before(state: TaskState, moment: datetime, using: str) -> QuerySet[Task]:
    """Return the rows in ``state`` that ended before ``moment``, without those an unfinished group still counts."""
    unfinished = Workflow.objects.using(using).filter(completed_at__isnull=True).values("id")
    rows = Task.objects.using(using).filter(state=state, finished_at__lt=moment)
    return rows.filter(Q(workflow__isnull=True) | ~Q(workflow__in=unfinished))
