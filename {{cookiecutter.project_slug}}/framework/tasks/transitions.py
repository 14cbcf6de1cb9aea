"""Every statement that changes the state of a task.

The invariant: a row leaves ``sent`` or ``running`` only through its own generation or through the end
of its lease, and every hand-over raises the generation. So a late or doubled worker changes nothing,
and a task that is neither done nor leased is always found again.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connections, router, transaction
from django.db.models import F, Q, QuerySet

from .clock import now
from .conf import LIMITS
from .models import Task
from .states import LEASED, TaskState


def database() -> str:
    """Return the alias of the database the rows live in."""
    return router.db_for_write(Task)


def insert(rows: Iterable[Task]) -> list[Task]:
    """Write ``rows`` in one statement, in the caller's transaction."""
    return Task.objects.using(database()).bulk_create(list(rows))


def due(queue: str, using: str) -> QuerySet[Task]:
    """Return what may start now, in the order it should."""
    return (
        Task.objects.using(using)
        .filter(queue=queue, state=TaskState.PENDING, available_at__lte=now(using))
        .order_by("priority", "available_at", "serial")
    )


def claim(queue: str, limit: int, *, worker: str = "") -> list[Task]:
    """pending → sent: take up to ``limit`` due rows, so that nobody else does."""
    using = database()
    # Looked up before the transaction begins: an idle poll must not take SQLite's only write lock.
    if limit < 1 or not due(queue, using).exists():
        return []
    with transaction.atomic(using=using):
        rows = due(queue, using)
        if connections[using].features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        taken = list(rows[:limit])
        Task.objects.using(using).filter(pk__in=[task.pk for task in taken]).update(
            state=TaskState.SENT,
            generation=F("generation") + 1,
            sent_at=now(using),
            lease_until=now(using) + LIMITS.lease,
            worker=worker,
        )
    for task in taken:
        task.generation += 1
    return taken


def in_broker(queue: str) -> int:
    """Count the rows of ``queue`` that wait in the broker."""
    return Task.objects.using(database()).filter(queue=queue, state=TaskState.SENT).count()


def start(task_id: str, generation: int, worker: str) -> bool:
    """sent → running: count the attempt; False when this hand-over is no longer the valid one."""
    using = database()
    return bool(
        _held(task_id, generation, TaskState.SENT, using).update(
            state=TaskState.RUNNING,
            attempts=F("attempts") + 1,
            started_at=now(using),
            lease_until=now(using) + LIMITS.lease,
            worker=worker,
        )
    )


def finish(task_id: str, generation: int, result: Any) -> bool:
    """running → done; False when the lease was lost meanwhile."""
    using = database()
    return bool(
        _held(task_id, generation, TaskState.RUNNING, using).update(
            state=TaskState.DONE, finished_at=now(using), lease_until=None, result=result
        )
    )


def postpone(task_id: str, generation: int, delay: timedelta, errors: list[dict[str, Any]]) -> bool:
    """running → pending: try again after ``delay``; False when the lease was lost meanwhile."""
    using = database()
    return bool(
        _held(task_id, generation, TaskState.RUNNING, using).update(
            state=TaskState.PENDING, available_at=now(using) + delay, lease_until=None, worker="", errors=errors
        )
    )


def bury(task_id: str, generation: int, errors: list[dict[str, Any]]) -> bool:
    """sent or running → dead: no attempt is left, or none can succeed."""
    using = database()
    return bool(
        Task.objects.using(using)
        .filter(id=task_id, generation=generation, state__in=LEASED)
        .update(state=TaskState.DEAD, finished_at=now(using), lease_until=None, errors=errors)
    )


def release(held: Iterable[tuple[str, int]]) -> int:
    """Sent → pending: hand back what was taken and not started."""
    using = database()
    return sum(
        _held(task_id, generation, TaskState.SENT, using).update(
            state=TaskState.PENDING, lease_until=None, worker="", generation=F("generation") + 1
        )
        for task_id, generation in held
    )


def release_worker(worker: str) -> int:
    """Sent or running → pending: hand back all that a stopping process still holds.

    An attempt cut off by the stop is not the task's fault and does not count.
    """
    using = database()
    rows = Task.objects.using(using).filter(worker=worker)
    changes = {"lease_until": None, "worker": "", "generation": F("generation") + 1}
    running = rows.filter(state=TaskState.RUNNING, attempts__gt=0)
    return running.update(state=TaskState.PENDING, attempts=F("attempts") - 1, **changes) + rows.filter(
        state=TaskState.SENT
    ).update(state=TaskState.PENDING, **changes)


def extend(worker: str) -> int:
    """Renew the lease of all that a living process holds."""
    using = database()
    return (
        Task.objects.using(using).filter(worker=worker, state__in=LEASED).update(lease_until=now(using) + LIMITS.lease)
    )


def expire(*, dead_workers: Collection[str] = ()) -> int:
    """Sent or running → pending, or dead when the attempts are used up: the holder is gone."""
    using = database()
    lost = Task.objects.using(using).filter(
        Q(lease_until__lt=now(using)) | Q(worker__in=list(dead_workers)), state__in=LEASED
    )
    used_up = lost.filter(max_attempts__isnull=False, attempts__gte=F("max_attempts"))
    buried = used_up.filter(state=TaskState.RUNNING).update(
        state=TaskState.DEAD,
        finished_at=now(using),
        lease_until=None,
        errors=[{"type": "WorkerLost", "message": "Every attempt ended with the death of its worker."}],
    )
    return buried + lost.update(state=TaskState.PENDING, generation=F("generation") + 1, lease_until=None, worker="")


def cancel(ids: Iterable[uuid.UUID]) -> int:
    """Pending → cancelled; returns how many were still waiting."""
    using = database()
    return (
        Task.objects.using(using)
        .filter(id__in=list(ids), state=TaskState.PENDING)
        .update(state=TaskState.CANCELLED, finished_at=now(using))
    )


def retry(ids: Iterable[uuid.UUID]) -> int:
    """Dead, cancelled or waiting → pending, due at once, with all attempts before it; returns how many."""
    using = database()
    return (
        Task.objects.using(using)
        .filter(id__in=list(ids), state__in=[TaskState.DEAD, TaskState.CANCELLED, TaskState.PENDING])
        .update(state=TaskState.PENDING, attempts=0, available_at=now(using), finished_at=None)
    )


def delete_finished(before: datetime, *, batch: int = 1000) -> int:
    """Delete one batch of what was done or cancelled before ``before``; dead tasks stay until acted on."""
    using = database()
    keys = (
        Task.objects.using(using)
        .filter(state__in=[TaskState.DONE, TaskState.CANCELLED], finished_at__lt=before)
        .values_list("pk", flat=True)[:batch]
    )
    deleted, _ = Task.objects.using(using).filter(pk__in=list(keys)).delete()
    return deleted


def _held(task_id: str, generation: int, state: TaskState, using: str) -> QuerySet[Task]:
    return Task.objects.using(using).filter(id=task_id, generation=generation, state=state)
