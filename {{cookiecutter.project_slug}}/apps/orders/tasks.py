"""Background work that people ask for."""

import dramatiq

from framework.registry import get_logger

from .models import Order
from .receipts import send_receipt

logger = get_logger(__name__)


@dramatiq.actor(queue_name="mail")
def resend_receipt(order_id: int) -> None:
    """Send the receipt of an order once more, because somebody lost it."""
    order = Order.objects.get(pk=order_id)
    logger.info("receipt_resent", order=str(order.public_id), where=send_receipt(order))
