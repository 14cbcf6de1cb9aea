"""What follows from an order; found and connected at start-up."""

from datetime import datetime
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from framework.cache import invalidate_tags, invalidated
from framework.registry import DjangoTelegram
from framework.signals import on

from .events import OrderPlaced
from .models import Order, Step
from .receipts import confirm
from .recording import record
from .summary import SALES_TAG

_ORDER_TAG = "order:"


@on(OrderPlaced)
def note_event(placed: OrderPlaced) -> None:
    """Record that the event was seen, in the transaction of the order."""
    record(Step.Name.EVENT, placed.order_id, detail=f"OrderPlaced(total={placed.total})")


@on(OrderPlaced, durable=True, queue="mail")
def send_receipt(placed: OrderPlaced) -> None:
    """Confirm the order with a receipt, in a worker, however often the process is killed."""
    confirm(placed.order_id)


@on(OrderPlaced, after_commit=True)
def tell_staff(placed: OrderPlaced) -> None:
    """Announce the order in the staff's chat, if there is one; no order fails because of it."""
    DjangoTelegram().send_message(f"Order {placed.order_id}: {placed.total}")


@receiver(post_save, sender=Order)
def forget_summary(sender: type[Order], instance: Order, created: bool, **kwargs: Any) -> None:
    """Drop the cached summary when an order changes; a new one is no sale before its receipt."""
    if not created:
        invalidate_tags(SALES_TAG, f"{_ORDER_TAG}{instance.pk}")


@receiver(invalidated)
def note_invalidation(sender: object, tags: tuple[str, ...], at: datetime, **kwargs: Any) -> None:
    """Record for whose sake the cache was invalidated."""
    orders = [int(tag.removeprefix(_ORDER_TAG)) for tag in tags if tag.startswith(_ORDER_TAG)]
    record(Step.Name.INVALIDATED, *orders, at=at, detail=f"tag {SALES_TAG}")
