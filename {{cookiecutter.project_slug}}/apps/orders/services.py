"""Placing an order: one transaction, one event."""

from datetime import datetime
from time import perf_counter
from typing import Final

from django.db import transaction
from django.utils import timezone

from framework.signals import emit

from .catalogue import PRICES
from .events import OrderPlaced
from .models import Order, Step
from .recording import record

MAX_QUANTITY: Final = 99


def place_order(
    *, product: str, quantity: int, email: str, request_id: str = "", requested_at: datetime | None = None
) -> Order:
    """Store an order and emit :class:`OrderPlaced`; either both are committed or nothing is.

    Raises ``KeyError`` for a product that is not for sale and ``ValueError`` for a wrong quantity.
    """
    if not 1 <= quantity <= MAX_QUANTITY:
        raise ValueError(f"the quantity is {quantity}; it must be from 1 to {MAX_QUANTITY}")
    unit_price = PRICES[product]
    requested_at = requested_at or timezone.now()
    began, clock = timezone.now(), perf_counter()
    with transaction.atomic():
        order = Order.objects.create(
            product=product,
            quantity=quantity,
            unit_price=unit_price,
            total=unit_price * quantity,
            email=email,
            request_id=request_id,
        )
        record(Step.Name.REQUEST, order.pk, at=requested_at, detail=request_id)
        commit = _Commit(order.pk, began, clock)
        # Registered before anything else, so that it runs first and measures the commit alone.
        transaction.on_commit(commit.observed)
        emit(OrderPlaced(order_id=order.pk, total=order.total))
        commit.asked()
    return order


class _Commit:
    """Measures a transaction from inside it to the callback that only a commit reaches."""

    def __init__(self, order_id: int, began: datetime, clock: float) -> None:
        self._order_id = order_id
        self._began = began
        self._clock = clock
        self._asked = clock

    def asked(self) -> None:
        """Note that all work is done and the commit comes next."""
        self._asked = perf_counter()

    def observed(self) -> None:
        """Record the transaction, now that it is committed."""
        present = perf_counter()
        record(
            Step.Name.TRANSACTION,
            self._order_id,
            at=self._began,
            took_ms=(present - self._clock) * 1000,
            detail=f"commit took {(present - self._asked) * 1000:.1f} ms",
        )
