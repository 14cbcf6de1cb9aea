"""Taking back what nobody works on any more."""

from collections.abc import Collection

import dramatiq
from django.db import connections, transaction
from django.db.models import Q
from dramatiq import MessageProxy

from . import follow_ups
from .clock import now
from .conf import LIMITS
from .exceptions import UnreadableRowError, WorkerLostError
from .failure import error_entry, with_entry
from .message import to_message
from .models import Task
from .states import TaskState
from .states.leased import abandoned
from .transitions import database, handed_back
from .workflows import settle


def recover(*, dead_workers: Collection[str] = (), sure: Collection[int] | None = None) -> int:
    """sent or running → pending, or dead when the attempts are used up: the holder is gone.

    Returns how many of a batch. With ``sure`` only these serials are taken from a worker that is not known to be dead.
    """
    using = database()
    lost = abandoned(using, dead_workers=dead_workers)
    if sure is not None:
        lost = lost.filter(Q(worker="") | Q(worker__in=list(dead_workers)) | Q(serial__in=list(sure)))
    # Looked up before anything is written: this runs every second, and SQLite has one write lock.
    if not lost.exists():
        return 0
    error = WorkerLostError("The worker died while it ran the task.")
    with transaction.atomic(using=using):
        rows = lost
        if connections[using].features.has_select_for_update_skip_locked:
            rows = lost.select_for_update(skip_locked=True)
        found = list(rows.order_by("serial")[: LIMITS.batch])
        for task in found:
            _take_back(task, error, using)
    return len(found)


def _take_back(task: Task, error: WorkerLostError, using: str) -> None:
    ran = task.state == TaskState.RUNNING
    used_up = ran and task.max_attempts is not None and task.attempts >= task.max_attempts
    row = Task.objects.using(using).filter(pk=task.pk)
    errors = with_entry(task.errors, error_entry(error)) if ran else task.errors
    if used_up or task.cancel_requested:
        final = TaskState.CANCELLED if task.cancel_requested else TaskState.DEAD
        row.update(state=final, finished_at=now(using), lease_until=None, errors=errors)
    else:
        row.update(errors=errors, **handed_back(using))
    if ran and not task.cancel_requested:
        _tell_failure(task, error, used_up=used_up)
    if used_up or task.cancel_requested:
        settle([task.workflow], using)


def _tell_failure(task: Task, error: WorkerLostError, *, used_up: bool) -> None:
    try:
        message = MessageProxy(to_message(task))
    except UnreadableRowError:
        # Whoever claims it next sets it aside.
        return
    follow_ups.tell_failure(dramatiq.get_broker(), message, task, error, used_up=used_up)
