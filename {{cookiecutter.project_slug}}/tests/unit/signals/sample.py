"""Events and receivers that the tests connect and disconnect."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import Group

from framework.signals import Change, event

heard: list[object] = []


@event
@dataclass(frozen=True, slots=True)
class Paid:
    """Somebody paid."""

    number: int
    total: Decimal = Decimal(0)
    at: datetime | None = None
    key: UUID | None = None


@event
@dataclass(frozen=True, slots=True)
class Strange:
    """Carries what JSON cannot hold."""

    thing: object


def note(paid: Paid) -> None:
    """Remember the event."""
    heard.append(paid)


def note_again(paid: Paid) -> None:
    """Remember that a second receiver ran."""
    heard.append(f"again {paid.number}")


def veto(paid: Paid) -> None:
    """Refuse the event."""
    raise PermissionError("not today")


async def note_async(paid: Paid) -> None:
    """Remember the event, on an event loop."""
    heard.append(f"async {paid.number}")


def make_group(paid: Paid) -> None:
    """Write to the database, then remember."""
    Group.objects.create(name=f"paid {paid.number}")
    heard.append(paid)


def make_group_and_fail(paid: Paid) -> None:
    """Write to the database, then fail."""
    Group.objects.create(name="half")
    raise ValueError("no")


def note_strange(strange: Strange) -> None:
    """Never runs."""


def note_group(group: Group) -> None:
    """Remember an object."""
    heard.append(group.name)


def note_change(group: Group, change: Change[str]) -> None:
    """Remember a change."""
    heard.append(change)
