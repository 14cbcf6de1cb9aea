"""The sales summary: expensive to compute, so it is cached until an order changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Final

from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils import timezone

from framework.cache import cached

from .models import Order, Step
from .recording import record

SALES_TAG: Final = "orders"
# What the summary was before, so that the page can show the change; nobody minds when it expires.
_PREVIOUS_KEY: Final = "orders:summary:previous"
# How far back orders are looked for whose next read is still to be recorded.
_WINDOW: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesSummary:
    """The confirmed orders in two numbers."""

    orders: int
    revenue: Decimal
    computed_at: datetime

    def __str__(self) -> str:
        return f"{self.orders} {'order' if self.orders == 1 else 'orders'}, {self.revenue:,.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One read of the summary: what it gave, how long it took, and whether it had to compute."""

    summary: SalesSummary
    recomputed: bool
    took_ms: float


@cached(ttl="10m", key="orders:summary", tags=[SALES_TAG])
def sales_summary() -> SalesSummary:
    """Count the confirmed orders and add up their totals."""
    # Looked up before the orders are: only a change made before this moment is sure to be in the result.
    waiting = _not_yet_summed_up()
    numbers = Order.objects.filter(status=Order.Status.CONFIRMED).aggregate(orders=Count("pk"), revenue=Sum("total"))
    summary = SalesSummary(
        orders=numbers["orders"], revenue=numbers["revenue"] or Decimal(0), computed_at=timezone.now()
    )
    previous = cache.get(_PREVIOUS_KEY)
    cache.set(_PREVIOUS_KEY, str(summary), timeout=3600)
    record(Step.Name.RECOMPUTED, *waiting, detail=f"{previous or 'no value'} → {summary}")
    return summary


def read_summary() -> Reading:
    """Read the summary as any page would, and tell how that went."""
    started, clock = timezone.now(), perf_counter()
    summary = sales_summary()
    return Reading(summary=summary, recomputed=summary.computed_at >= started, took_ms=(perf_counter() - clock) * 1000)


def _not_yet_summed_up() -> list[int]:
    # A receipt is committed together with the status that counts, so each of these is in the numbers.
    recent = Step.objects.filter(name=Step.Name.RECEIPT, at__gte=timezone.now() - _WINDOW)
    return list(recent.exclude(order__steps__name=Step.Name.RECOMPUTED).values_list("order_id", flat=True))
