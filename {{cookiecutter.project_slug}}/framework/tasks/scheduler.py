"""The loop that fires schedules; any number may run.

The invariant: the row of a schedule is moved on by compare-and-set in the transaction that writes the slot's
task, and that task's id follows from the slot. So a slot has one task, whoever fires it and however often.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from framework.logs import get_logger

from .clock import present as present_of
from .models import Schedule, Task
from .outbox import enqueue_many
from .scheduling import Plan, plans
from .transitions import database

IDLE_SECONDS: Final = 1.0
# How late a run with catch_up="none" may be.
PUNCTUAL: Final = timedelta(minutes=1)
# Of catch_up="all", in one poll.
MOST_RUNS: Final = 100
_INSTANT: Final = timedelta(microseconds=1)

logger = get_logger(__name__)


class Scheduler:
    """Sends what is due; ``clock`` tells the time, the database's by default."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or (lambda: present_of(database()))
        self._last = datetime.min.replace(tzinfo=UTC)
        self._believed: dict[str, datetime] = {}

    def poll(self) -> float:
        """Send every actor that is due; return how many seconds may pass until the next look."""
        present = self._clock()
        if present < self._last:
            self._believed.clear()
        self._last = present
        rows = Schedule.objects.using(database()).in_bulk([plan.name for plan in plans()])
        soonest = present + timedelta(seconds=IDLE_SECONDS)
        for plan in plans():
            row = rows.get(plan.name)
            if row is None or row.expression != plan.expression:
                row = self._declare(plan, present)
            if not row.paused:
                soonest = min(soonest, self._catch_up(plan, self._next_slot(plan, row, present), present))
        return max(0.0, (soonest - present).total_seconds())

    @staticmethod
    def _declare(plan: Plan, present: datetime) -> Schedule:
        slot = plan.next_after(present - _INSTANT)
        values = {
            "expression": plan.expression,
            # A slot of this very moment counts; a period begins with the moment.
            "next_run_at": slot if slot <= present else plan.next_after(present),
        }
        row, _ = Schedule.objects.using(database()).update_or_create(name=plan.name, defaults=values)
        return row

    def _next_slot(self, plan: Plan, row: Schedule, present: datetime) -> datetime:
        """Return the next slot; one that a clock which was ahead has moved too far is set back."""
        slot = row.next_run_at
        if self._believed.get(plan.name) == slot:
            return slot
        last = row.last_run_at
        since = present if last is None or last > present + PUNCTUAL else max(last, present)
        # What is one slot ahead may come of a clock that is a little late.
        following, latest = plan.next_runs(since, 2)
        if slot > latest:
            rows = Schedule.objects.using(database()).filter(name=plan.name, next_run_at=slot)
            if rows.update(next_run_at=following):
                logger.warning("schedule_set_back", schedule=plan.name, slot=following.isoformat())
                slot = following
        self._believed[plan.name] = slot
        return slot

    def _catch_up(self, plan: Plan, slot: datetime, present: datetime) -> datetime:
        """Fire what is due; return the first slot that is not."""
        for _ in range(MOST_RUNS):
            if slot > present:
                break
            following = plan.next_after(slot)
            if plan.catch_up != "all":
                while following <= present:
                    following = plan.next_after(following)
            skipped = plan.catch_up == "none" and present - slot > PUNCTUAL
            if not self._fire(plan, slot, following, send=not skipped):
                break
            slot = following
        return slot

    @staticmethod
    def _fire(plan: Plan, slot: datetime, following: datetime, *, send: bool) -> bool:
        using = database()
        with transaction.atomic(using=using):
            moved = (
                Schedule.objects.using(using)
                .filter(name=plan.name, next_run_at=slot, paused=False)
                .update(next_run_at=following, last_run_at=slot)
            )
            if not moved:
                return False
            message = plan.message(slot)
            if send and not Task.objects.using(using).filter(id=message.message_id).exists():
                enqueue_many([message])
                logger.info("schedule_fired", schedule=plan.name, slot=slot.isoformat())
        return True
