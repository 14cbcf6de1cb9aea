"""Actors that run by the clock: ``@every(minutes=5)`` or ``@cron("0 3 * * *")`` above ``@dramatiq.actor``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cronsim import CronSim, CronSimError
from django.db import transaction
from django.utils import timezone
from dramatiq import Actor

from framework.logs import get_logger

from .exceptions import UnknownScheduleError

IDLE_SECONDS: Final = 1.0

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An actor and the rule for its next run."""

    actor: Actor[..., Any]
    expression: str
    next_after: Callable[[datetime], datetime]


_plans: dict[str, Plan] = {}


def plans() -> tuple[Plan, ...]:
    """Return every schedule declared in the modules loaded so far."""
    return tuple(_plans.values())


def every(**interval: float) -> Callable[[Actor[..., Any]], Actor[..., Any]]:
    """Run an actor again and again; takes the arguments of ``timedelta``: ``@every(minutes=5)``."""
    period = timedelta(**interval)
    if period <= timedelta(0):
        raise UnknownScheduleError(f"@every needs a time longer than nothing, not {period}; try @every(minutes=5)")
    return _declare(f"every {period}", lambda after: after + period)


def cron(expression: str) -> Callable[[Actor[..., Any]], Actor[..., Any]]:
    """Run an actor when ``expression`` says so, in the project's time zone: ``@cron("0 3 * * *")``."""
    try:
        CronSim(expression, timezone.now())
    except CronSimError as error:
        raise UnknownScheduleError(f"{expression!r} is not a cron expression ({error}); try '*/5 * * * *'") from None

    def next_after(after: datetime) -> datetime:
        return next(CronSim(expression, timezone.localtime(after)))

    return _declare(expression, next_after)


def _declare(
    expression: str, next_after: Callable[[datetime], datetime]
) -> Callable[[Actor[..., Any]], Actor[..., Any]]:
    def declare(actor: Actor[..., Any]) -> Actor[..., Any]:
        _plans[actor.actor_name] = Plan(actor=actor, expression=expression, next_after=next_after)
        return actor

    return declare


class Scheduler:
    """Sends what is due; any number may run, since each slot is taken by compare-and-set."""

    def poll(self) -> float:
        """Send every actor that is due; return how many seconds may pass until the next look."""
        present = timezone.now()
        for plan in plans():
            self._fire(plan, present)
        return IDLE_SECONDS

    def _fire(self, plan: Plan, present: datetime) -> None:
        from .models import Schedule
        from .transitions import database

        schedules = Schedule.objects.using(database())
        row, created = schedules.get_or_create(
            name=plan.actor.actor_name,
            defaults={"expression": plan.expression, "next_run_at": plan.next_after(present)},
        )
        if not created and row.expression != plan.expression:
            schedules.filter(pk=row.pk).update(expression=plan.expression, next_run_at=plan.next_after(present))
            return
        if row.paused or row.next_run_at > present:
            return
        with transaction.atomic(using=database()):
            # A slot missed while nothing ran is made up for once, not once for each miss.
            moved = schedules.filter(pk=row.pk, next_run_at=row.next_run_at).update(
                next_run_at=plan.next_after(present), last_run_at=present
            )
            if moved:
                plan.actor.send()
                logger.info("schedule_fired", schedule=row.name)
