"""Events on their way to durable receivers, and those that arrived or failed: the rows behind ``deliver``."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import dramatiq
from django.db.models import QuerySet

from framework.tasks import enqueue_many, retry
from framework.tasks.models import Task
from framework.tasks.states import TaskState
from framework.tasks.transitions import database

from .tasks import deliver

BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one receiver; ``error`` is the newest one."""

    id: UUID
    event: str
    version: int
    receiver: str
    state: str
    attempts: int
    created_at: datetime
    error: str


def deliveries(state: TaskState, *, event: str = "", receiver: str = "", ids: Collection[UUID] = ()) -> QuerySet[Task]:
    """Return the rows in ``state``, of one event, of one receiver, or of these ids."""
    rows = Task.objects.using(database()).filter(actor=deliver.actor_name, state=state)
    if event:
        rows = rows.filter(args__0=event)
    if receiver:
        rows = rows.filter(args__2=receiver)
    return rows.filter(id__in=ids) if ids else rows


def describe(row: Task) -> Delivery:
    """Return what a row says."""
    name, _, receiver, version = [*row.args, 1][:4]
    error = row.errors[-1] if row.errors else None
    return Delivery(
        id=row.id,
        event=name,
        version=version,
        receiver=receiver,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        error=f"{error['type'].rpartition('.')[2]}: {error['message']}" if error else "",
    )


def requeue(rows: QuerySet[Task]) -> Iterator[int]:
    """Make dead deliveries due again, batch by batch; yields the size of each."""
    for batch in _batches(rows):
        yield retry(row.id for row in batch)


def replay(rows: QuerySet[Task]) -> Iterator[int]:
    """Deliver the events of ``rows`` to their receivers once more, as new rows, batch by batch; yields their sizes.

    The receivers run again, and what they did is done again.
    """
    for batch in _batches(rows):
        enqueue_many(_again(row) for row in batch)
        yield len(batch)


def _batches(rows: QuerySet[Task]) -> Iterator[list[Task]]:
    # By serial, so that what dies again at once, or is new, is not met twice.
    last = rows.order_by("-serial").values_list("serial", flat=True).first() or 0
    seen = 0
    while batch := list(rows.filter(serial__gt=seen, serial__lte=last).order_by("serial")[:BATCH]):
        seen = batch[-1].serial
        yield batch


def _again(row: Task) -> "dramatiq.Message[Any]":
    options = {} if row.max_attempts is None else {"max_retries": row.max_attempts - 1}
    return deliver.message(*row.args).copy(queue_name=row.queue, options=options)
