"""The loop that fires schedules; any number may run.

The invariant: the row of a schedule is moved on by compare-and-set in the transaction that writes the slot's
task, and that task's id follows from the slot. So a slot has one task, whoever fires it and however often.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from framework.logs import get_logger

from .models import Schedule, Task
from .outbox import enqueue_many
from .scheduling import Plan, plans
from .transitions import database

IDLE_SECONDS: Final = 1.0
# How late a run with catch_up="none" may be.
PUNCTUAL: Final = timedelta(minutes=1)
# Of catch_up="all", in one poll.
MOST_RUNS: Final = 100

logger = get_logger(__name__)


class Scheduler:
    """Sends what is due; ``clock`` tells the time."""

    def __init__(self, clock: Callable[[], datetime] = timezone.now) -> None:
        self._clock = clock

    def poll(self) -> float:
        """Send every actor that is due; return how many seconds may pass until the next look."""
        present = self._clock()
        rows = Schedule.objects.using(database()).in_bulk([plan.name for plan in plans()])
        soonest = present + timedelta(seconds=IDLE_SECONDS)
        for plan in plans():
            row = rows.get(plan.name)
            if row is None or row.expression != plan.expression:
                soonest = min(soonest, self._declare(plan, present))
            elif not row.paused:
                soonest = min(soonest, self._catch_up(plan, row.next_run_at, present))
        return max(0.0, (soonest - present).total_seconds())

    @staticmethod
    def _declare(plan: Plan, present: datetime) -> datetime:
        values = {"expression": plan.expression, "next_run_at": plan.next_after(present)}
        row, _ = Schedule.objects.using(database()).update_or_create(name=plan.name, defaults=values)
        return row.next_run_at

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
