"""What was really observed of an order: the steps its code wrote, and the row of its task."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from framework.tasks.models import Task

from .models import Order
from .stages import STAGES, Stage

# The durable receiver whose row is the order's outbox row.
RECEIVER: Final = "apps.orders.receivers.send_receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A stage that was reached: when, how long after the request began, and the fact that proves it."""

    stage: Stage
    at: datetime
    ms: float
    took_ms: float | None
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """Return the observation for JSON."""
        return {
            "name": self.stage.name,
            "title": self.stage.title,
            "place": self.stage.place,
            "at": self.at.isoformat(),
            "ms": round(self.ms, 2),
            "took_ms": None if self.took_ms is None else round(self.took_ms, 2),
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class _Fact:
    at: datetime
    detail: str
    took_ms: float | None = None


def observe(order: Order) -> list[Observation]:
    """Return what was observed so far, in the order of :data:`STAGES`."""
    facts = {**_from_steps(order), **dict(_from_task(order))}
    began = min((fact.at for fact in facts.values()), default=order.placed_at)
    return [
        Observation(
            stage=stage,
            at=(fact := facts[stage.name]).at,
            ms=(fact.at - began).total_seconds() * 1000,
            took_ms=fact.took_ms,
            detail=fact.detail,
        )
        for stage in STAGES
        if stage.name in facts
    ]


def missing(observations: list[Observation]) -> list[Stage]:
    """Return the stages that were not reached yet."""
    seen = {observation.stage.name for observation in observations}
    return [stage for stage in STAGES if stage.name not in seen]


def _from_steps(order: Order) -> dict[str, _Fact]:
    return {step.name: _Fact(step.at, step.detail or f"pid {step.pid}", step.took_ms) for step in order.steps.all()}


def _from_task(order: Order) -> Iterator[tuple[str, _Fact]]:
    task = _outbox_row(order)
    if task is None:
        return
    yield "outbox", _Fact(task.created_at, f"task {task.id}")
    if task.sent_at:
        yield "message", _Fact(task.sent_at, f"queue {task.queue}, carried by {settings.CONFIG.tasks.broker}")
    if task.started_at:
        host, _, pid = task.worker.rpartition(":")
        yield "worker", _Fact(task.started_at, f"pid {pid} on {host}")


def _outbox_row(order: Order) -> Task | None:
    # A row's arguments are the event's name, its fields and the receiver. Looked for from the newest on:
    # the row was written together with the order, so it is near the end of the table.
    rows = Task.objects.filter(args__1__order_id=order.pk, args__2=RECEIVER)
    return rows.order_by("-serial").first()
