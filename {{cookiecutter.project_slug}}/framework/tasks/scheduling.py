"""Actors that run by the clock: ``@every(minutes=5)`` or ``@cron("0 3 * * *")`` above ``@dramatiq.actor``."""

import inspect
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Protocol, get_args
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils import timezone
from dramatiq import Actor, Message

from .exceptions import UnknownScheduleError

#: What becomes of slots that passed while nothing ran: one run for all of them, a run for each, or none.
CatchUp = Literal["once", "all", "none"]

#: What the columns of a schedule hold.
MOST_CHARACTERS: Final = 100
MOST_OF_A_NAME: Final = 255
_SLOTS: Final = uuid.UUID("a3a1dd0c-6f0b-4e0e-9a4f-6f9a5cb7d0a5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An actor, the rule for its next run, and what to do about runs that were missed."""

    name: str
    actor: Actor[..., Any]
    expression: str
    catch_up: CatchUp
    next_after: Callable[[datetime], datetime]

    def message(self, slot: datetime) -> Message[Any]:
        """Return the message of ``slot``; always with the same id, so that a slot has one task at most."""
        return self.actor.message().copy(message_id=str(uuid.uuid5(_SLOTS, f"{self.name}|{slot.timestamp()}")))

    def next_runs(self, after: datetime, number: int) -> list[datetime]:
        """Return the ``number`` slots after ``after``."""
        runs: list[datetime] = []
        for _ in range(number):
            runs.append(self.next_after(runs[-1] if runs else after))
        return runs


class Declare(Protocol):
    """A decorator that keeps the actor's signature."""

    def __call__[**P, R](self, actor: Actor[P, R], /) -> Actor[P, R]:
        """Return ``actor``, which runs by the clock from then on."""
        ...


_plans: dict[str, Plan] = {}


def plans() -> tuple[Plan, ...]:
    """Return every schedule declared in the modules loaded so far."""
    return tuple(_plans.values())


def every(*, catch_up: CatchUp = "once", **interval: float) -> Declare:
    """Run an actor again and again; takes the arguments of ``timedelta``: ``@every(minutes=5)``.

    Raises :class:`UnknownScheduleError`.
    """
    period = timedelta(**interval)
    if period <= timedelta(0):
        raise UnknownScheduleError(f"@every needs a time longer than nothing, not {period}; try @every(minutes=5)")
    return _declare(f"every {period}", catch_up, lambda after: after + period)


def cron(expression: str, *, time_zone: str | None = None, catch_up: CatchUp = "once") -> Declare:
    """Run an actor when ``expression`` says so, in ``time_zone`` (the project's by default): ``@cron("0 3 * * *")``.

    Where clocks are put forward, a run in the hour that is left out comes right after it; where they are put
    back, a run in the repeated hour comes once, like Debian's cron. Raises :class:`UnknownScheduleError`.
    """
    try:
        CronSim(expression, timezone.now())
    except CronSimError as error:
        raise UnknownScheduleError(f"{expression!r} is not a cron expression ({error}); try '*/5 * * * *'") from None
    try:
        zone = None if time_zone is None else ZoneInfo(time_zone)
    except (KeyError, ValueError):
        raise UnknownScheduleError(f"{time_zone!r} is not a time zone; try 'Europe/Berlin'") from None

    def next_after(after: datetime) -> datetime:
        # By the time that passes: in a repeated hour the clock on the wall goes back.
        slots = (slot.astimezone(UTC) for slot in CronSim(expression, timezone.localtime(after, zone)))
        return next(slot for slot in slots if slot > after)

    return _declare(f"{expression} {time_zone}" if time_zone else expression, catch_up, next_after)


def _declare(expression: str, catch_up: CatchUp, next_after: Callable[[datetime], datetime]) -> Declare:
    if len(expression) > MOST_CHARACTERS:
        raise UnknownScheduleError(
            f"The expression {expression[:30]!r}... has {len(expression)} characters, {MOST_CHARACTERS} are possible;"
            " give the actor several schedules"
        )
    if catch_up not in get_args(CatchUp):
        raise UnknownScheduleError(f"catch_up={catch_up!r} is none of {', '.join(get_args(CatchUp))}")

    def declare[**P, R](actor: Actor[P, R], /) -> Actor[P, R]:
        _require_actor_without_arguments(actor, expression)
        # An actor may have several schedules; its first has its plain name.
        first = _plans.get(actor.actor_name)
        is_first = first is None or first.expression == expression
        name = actor.actor_name if is_first else f"{actor.actor_name} ({expression})"
        if len(name) > MOST_OF_A_NAME:
            raise UnknownScheduleError(
                f"{actor.actor_name} and its schedule ({expression}) have {len(name)} characters together,"
                f" {MOST_OF_A_NAME} are possible; give the actor a shorter name"
            )
        _plans[name] = Plan(name=name, actor=actor, expression=expression, catch_up=catch_up, next_after=next_after)
        return actor

    return declare


def _require_actor_without_arguments(actor: object, expression: str) -> None:
    if not isinstance(actor, Actor):
        name = getattr(actor, "__name__", repr(actor))
        raise UnknownScheduleError(f"{name} is no actor yet; write the schedule ({expression}) above @dramatiq.actor")
    try:
        inspect.signature(actor.fn).bind()
    except TypeError as error:
        raise UnknownScheduleError(
            f"{actor.actor_name} cannot run by the clock ({expression}), which gives no arguments: {error}"
        ) from None
