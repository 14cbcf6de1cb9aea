"""The statements that prolong a lease, show how far a task is, or put its dates right.

None changes a state, and none prolongs what its holder has lost: leases are renewed only of rows that are
still leased, progress is written only under the valid generation.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import connections, transaction
from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, QuerySet, When
from django.db.models.functions import Coalesce, Greatest

from .clock import now
from .conf import LIMITS
from .models import Task
from .states import LEASED, TaskState
from .states.leased import HELD
from .transitions import database, held_by

A_MOMENT: Final = timedelta(seconds=1)


def extend(task_ids: Collection[str]) -> set[str]:
    """Renew the leases of what a living process holds; returns the ids that somebody wants cancelled."""
    using = database()
    rows = Task.objects.using(using).filter(id__in=task_ids, state__in=LEASED)
    # What has been fetched and not begun is sent again soon, should this process be killed.
    fetched = When(worker="", then=now(using) + LIMITS.resend)
    _prolong(rows, Case(fetched, default=now(using) + LIMITS.lease, output_field=DateTimeField()), using)
    return {str(found) for found in rows.filter(cancel_requested=True).values_list("id", flat=True)}


def extend_published(queue: str, depth: int) -> int:
    """Renew the leases of what waits in the broker, which holds ``depth`` messages: those that were sent last.

    What was sent before them has been fetched by a worker, which renews what it holds, or was lost.
    """
    using = database()
    waiting = Task.objects.using(using).filter(
        HELD, queue=queue, state=TaskState.SENT, worker="", sent_at__gt=now(using) - LIMITS.longest_in_broker
    )
    return _prolong(waiting.order_by("-sent_at")[:depth], now(using) + LIMITS.resend, using)


def _prolong(rows: QuerySet[Task], until: Any, using: str) -> int:
    # What is locked is being started or ended, and waiting for it could be a deadlock with who does so.
    skip = connections[using].features.has_select_for_update_skip_locked
    with transaction.atomic(using=using):
        found = list(rows.select_for_update(skip_locked=skip).values_list("pk", flat=True))
        return Task.objects.using(using).filter(pk__in=found).update(lease_until=until)


def date_back() -> int:
    """Let what waits be due as soon as it was to be when the clock had not been set back; returns how many rows.

    A row cannot have been written, sent or started in the future: as far as its last such date lies there, the time
    it is due is too late.
    """
    using = database()
    # A clock of the database that counts milliseconds is behind one of ours that counts microseconds.
    ahead_since = now(using) + A_MOMENT
    # On PostgreSQL the greatest of some dates leaves NULLs out, on SQLite it is NULL.
    dates = [Coalesce(name, "created_at") for name in ("created_at", "sent_at", "started_at")]
    waiting = Task.objects.using(using).filter(state=TaskState.PENDING).annotate(dated=Greatest(*dates))
    ahead = ExpressionWrapper(F("dated") - now(using), DurationField())
    ahead_of_us = waiting.filter(dated__gt=ahead_since)
    # Looked up before anything is written: SQLite has one write lock.
    if not ahead_of_us.exists():
        return 0
    moved = ahead_of_us.update(available_at=F("available_at") - ahead)
    for name in ("created_at", "sent_at", "started_at"):
        Task.objects.using(using).filter(state=TaskState.PENDING, **{f"{name}__gt": ahead_since}).update(
            **{name: now(using)}
        )
    return moved


def note_progress(entries: Sequence[tuple[str, int, float, str]]) -> set[str]:
    """Write how far running tasks are: pairs of id and generation with a fraction and a note."""
    using = database()
    latest = {(task_id, generation): (fraction, note) for task_id, generation, fraction, note in entries}
    for (task_id, generation), (fraction, note) in latest.items():
        held_by(task_id, generation, using).update(progress=fraction, progress_note=note)
    return {task_id for task_id, _ in latest}
