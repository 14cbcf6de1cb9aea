"""What happens in this application, for whoever wants to know."""

from dataclasses import dataclass
from decimal import Decimal

from framework.signals import event


@event
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """Somebody placed an order; emitted in the transaction that stores it."""

    order_id: int
    total: Decimal
