"""Every statement that changes the state of a task; the hottest four are spelled in ``sql``.

The invariant: a row leaves ``sent`` or ``running`` only through its own generation or through the end
of its lease, and every hand-over raises the generation. So a late or doubled worker changes nothing,
and a task that is neither done nor leased is always found again. A row that ends tells its workflow in
the same transaction. What dead workers held is taken back in ``recovery``, and what lasts without a change is kept
alive in ``renewal``.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import batched
from typing import Any, Final

from django.db import IntegrityError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, Model, Q, QuerySet, Value, When
from django.db.models.functions import Least

from . import sql
from .clock import now
from .conf import LIMITS
from .handover import HandOver
from .lanes import Share, due_shares, lanes_of
from .models import QueuePause, Task
from .states import LEASED, OPEN, TaskState
from .states.leased import HELD
from .states.pending import waiting_in
from .turns import turn_for
from .workflows import settle

#: What can be made due at once by hand.
RETRIED: Final = (TaskState.DEAD, TaskState.CANCELLED, TaskState.PENDING)


def database() -> str:
    """Return the alias of the database the rows live in."""
    return router.db_for_write(Task)


def insert(rows: Sequence[dict[str, Any]]) -> set[str]:
    """Write ``rows`` in the caller's transaction; returns their ids, without those whose id or unique key is taken."""
    written: set[str] = set()
    for batch in batched(rows, sql.BATCH):
        written |= sql.insert(connections[database()], batch)
    return written


def claim(
    queue: str, limit: int, *, worker: str = "", window: int = 0, shares: Sequence[Share] | None = None
) -> list[HandOver]:
    """pending → sent: take up to ``limit`` due rows, so that nobody else does; only of ``shares``, if given.

    With ``window`` no more than leave that many rows of the queue sent, whoever sent them.
    """
    using = database()
    if shares is None and connections[using].vendor != "postgresql":
        shares = due_shares(lanes_of(connections[using], [queue]))
    # An idle look must not take SQLite's only write lock.
    if limit < 1 or (shares is not None and not shares):
        return []
    lease = LIMITS.lease if worker else LIMITS.resend
    with turn_for(using):
        return sql.claim(connections[using], queue, limit, shares=shares, window=window, worker=worker, lease=lease)


def start(held: Sequence[tuple[str, int]], worker: str, connection: BaseDatabaseWrapper | None = None) -> set[str]:
    """sent → running: count the attempts; returns the ids whose hand-over was still the valid one.

    Without a ``connection`` the caller's thread uses its own.
    """
    return sql.start(connection or connections[database()], held, worker, LIMITS.lease)


def finish(results: Sequence[tuple[str, int, Any]]) -> set[str]:
    """sent or running → done; returns the ids whose lease had not been lost meanwhile.

    ``sent`` counts as well: PostgreSQL may have lost the start in a crash, and the work is done.
    """
    return sql.finish(connections[database()], results)


def start_and_finish(
    held: Sequence[tuple[str, int]],
    results: Sequence[tuple[str, int, Any]],
    worker: str,
    connection: BaseDatabaseWrapper | None = None,
) -> set[str]:
    """Do what ``start`` and ``finish`` do, in one transaction if both have something to do."""
    if held and results:
        with transaction.atomic(using=database()):
            return finish(results) | start(held, worker)
    return start(held, worker, connection) if held else finish(results)


def settle_workflow_of(task_id: str) -> None:
    """Let the workflow of a task that ended look whether it is complete."""
    found = Task.objects.using(database()).filter(id=task_id).values_list("workflow", flat=True)
    settle(found, database())


def postpone(task_id: str, generation: int, delay: timedelta, errors: list[dict[str, Any]]) -> bool:
    """sent or running → pending: try again after ``delay``; False when the lease was lost meanwhile."""
    return _let_wait(task_id, generation, delay, errors=errors)


def put_back(task_id: str, generation: int, delay: timedelta, **changes: Any) -> bool:
    """sent or running → pending: not now; an attempt that had begun does not count."""
    held = held_by(task_id, generation, database())
    begun = held.filter(state=TaskState.RUNNING, attempts__gt=0).update(attempts=F("attempts") - 1)
    return _let_wait(task_id, generation, delay, **changes) or bool(begun)


def bury(task_id: str, generation: int, errors: list[dict[str, Any]], *, state: TaskState = TaskState.DEAD) -> bool:
    """sent or running → dead (or cancelled): no attempt is left, or none can succeed."""
    return _end(task_id, generation, state, errors=errors)


def _let_wait(task_id: str, generation: int, delay: timedelta, **changes: Any) -> bool:
    """sent or running → pending, or cancelled when it was asked to stop."""
    using = database()
    wanted = held_by(task_id, generation, using).filter(cancel_requested=False)
    again = now(using) + delay
    if wanted.update(state=TaskState.PENDING, available_at=again, lease_until=None, worker="", **changes):
        return True
    return _end(task_id, generation, TaskState.CANCELLED, **changes)


def _end(task_id: str, generation: int, state: TaskState, **changes: Any) -> bool:
    using = database()
    with transaction.atomic(using=using):
        ended = held_by(task_id, generation, using).update(
            state=state, finished_at=now(using), lease_until=None, **changes
        )
        if ended:
            settle_workflow_of(task_id)
    return bool(ended)


def handed_back(using: str) -> dict[str, Any]:
    """Return the changes of a row that goes back to those that wait because nobody works on it any more.

    It was due when it was handed out, also where the clock has been set back since.
    """
    return {
        "state": TaskState.PENDING,
        "available_at": Least("available_at", now(using)),
        "lease_until": None,
        "worker": "",
        "generation": F("generation") + 1,
    }


def release(held: Iterable[tuple[str, int]]) -> int:
    """sent → pending: hand back what was taken and not started."""
    using = database()
    return sum(
        held_by(task_id, generation, using).filter(state=TaskState.SENT).update(**handed_back(using))
        for task_id, generation in held
    )


def release_worker(worker: str) -> int:
    """sent or running → pending: hand back all that a stopping process still holds.

    An attempt cut off by the stop is not the task's fault and does not count. What was asked to stop is left to whoever
    finds that its worker is gone.
    """
    using = database()
    rows = Task.objects.using(using).filter(HELD, worker=worker)
    changes = handed_back(using)
    running = rows.filter(state=TaskState.RUNNING, attempts__gt=0, cancel_requested=False)
    begun = running.update(attempts=F("attempts") - 1, **changes)
    return begun + rows.filter(state=TaskState.SENT).update(**changes)


def cancel(ids: Iterable[uuid.UUID | str]) -> int:
    """pending or sent → cancelled at once; a running task is asked to stop. Returns how many of both."""
    using = database()
    ids = list(ids)
    chosen = Task.objects.using(using).filter(id__in=ids, state__in=OPEN)
    running = Q(state=TaskState.RUNNING)
    with transaction.atomic(using=using):
        # One statement, so that none slips through on its way from one state to another.
        found = chosen.update(
            state=Case(When(running, then=F("state")), default=Value(TaskState.CANCELLED)),
            finished_at=Case(When(running, then=F("finished_at")), default=now(using)),
            lease_until=Case(When(running, then=F("lease_until")), default=None),
            generation=Case(When(running, then=F("generation")), default=F("generation") + 1),
            cancel_requested=Case(When(running, then=True), default=F("cancel_requested")),
        )
        cancelled = Task.objects.using(using).filter(id__in=ids, state=TaskState.CANCELLED, workflow__isnull=False)
        settle(set(cancelled.values_list("workflow", flat=True)), using)
    return found


def retry(ids: Iterable[uuid.UUID | str]) -> int:
    """Dead, cancelled or waiting → pending, due at once, with all attempts before it; returns how many."""
    using = database()
    chosen = Task.objects.using(using).filter(id__in=list(ids), state__in=RETRIED)
    return sum(_make_due(task.pk, using) for task in chosen.only("pk"))


def pause(queue: str) -> bool:
    """Hand out nothing more from ``queue``; running tasks finish. False when it was paused already."""
    _, created = QueuePause.objects.using(database()).get_or_create(queue=queue)
    return created


def resume(queue: str) -> bool:
    """Hand out tasks of ``queue`` again; False when it was not paused."""
    deleted, _ = QueuePause.objects.using(database()).filter(queue=queue).delete()
    return bool(deleted)


def delete_batch[Row: Model](rows: QuerySet[Row]) -> int:
    """Delete up to a batch of ``rows`` of these tables, so that no lock is held for long; returns how many."""
    using = database()
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[: LIMITS.batch])
    if not keys:
        return 0
    # As one DELETE: nothing points at them.
    found: Any = rows.model._default_manager.using(using).filter(pk__in=keys)
    return int(found._raw_delete(using))


def purge(queue: str) -> Iterator[int]:
    """Cancel what waits in ``queue``, batch by batch; yields the size of each."""
    using = database()
    while ids := list(waiting_in(queue, using).values_list("id", flat=True)[: LIMITS.batch]):
        yield cancel(ids)


def _make_due(pk: int, using: str) -> int:
    changes: Mapping[str, Any] = {
        "state": TaskState.PENDING,
        "attempts": 0,
        "cancel_requested": False,
        "finished_at": None,
        "available_at": now(using),
    }
    try:
        with transaction.atomic(using=using):
            return Task.objects.using(using).filter(pk=pk, state__in=RETRIED).update(**changes)
    except IntegrityError:
        # Another task with its unique key waits or runs already.
        return 0


def held_by(task_id: str, generation: int, using: str) -> QuerySet[Task]:
    """Return the row of a task while this hand-over is the valid one, and no row after that."""
    return Task.objects.using(using).filter(id=task_id, generation=generation, state__in=LEASED)
