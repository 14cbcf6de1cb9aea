"""Events and receivers for the tests; a test connects those it needs."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.core import mail
from django.db.models import Model

from framework.logs import current_context
from framework.signals import Batch, Change, LinkChange, WatchedQuerySet, event

#: What receivers noted, in order.
seen: list[Any] = []


@event
@dataclass(frozen=True, slots=True)
class Paid:
    """Somebody paid."""

    order: int


class VetoError(Exception):
    """Raised by a receiver that refuses."""


def reserve(paid: Paid) -> None:
    seen.append(("reserve", paid.order))


def notify(paid: Paid) -> None:
    seen.append(("notify", paid.order))


def veto(paid: Paid) -> None:
    raise VetoError(f"order {paid.order}")


def store(paid: Paid) -> None:
    Group.objects.create(name=f"paid {paid.order}")


def store_and_fail(paid: Paid) -> None:
    store(paid)
    raise VetoError(f"order {paid.order}")


async def push(paid: Paid) -> None:
    seen.append(("push", paid.order))


async def push_and_fail(paid: Paid) -> None:
    raise VetoError(f"order {paid.order}")


async def astore(paid: Paid) -> None:
    await Group.objects.acreate(name=f"paid {paid.order}")


async def astore_and_fail(paid: Paid) -> None:
    await astore(paid)
    raise VetoError(f"order {paid.order}")


def note_change(instance: Any, change: Change[Any]) -> None:
    seen.append((change.old, change.new))


def note_object(instance: Any) -> None:
    seen.append((type(instance).__name__, instance.pk))


def note(event: Any) -> None:
    seen.append(event)


def note_context(event: Any) -> None:
    seen.append(current_context())


def note_links(instance: Model, change: LinkChange) -> None:
    seen.append((instance, change))


def refuse_batch(batch: Batch) -> None:
    raise VetoError(batch.operation)


def rename_groups(batch: Batch) -> None:
    WatchedQuerySet(Group).filter(name="a").update(name="renamed")


def send_mail_about(paid: Paid) -> None:
    mail.EmailMessage(f"Order {paid.order}", to=["ada@example.com"]).send()
