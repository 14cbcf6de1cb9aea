"""The receipt: a mail to the customer, sent once for each order."""

from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from framework.registry import DjangoConfig, get_logger
from framework.tasks import current_task_id

from .models import Order, Step
from .recording import record

logger = get_logger(__name__)


def confirm(order_id: int) -> bool:
    """Send the receipt of an order and mark the order, once; False when that was done before.

    The lock and the mark share one transaction: a second run of the same task, or two runs at a time,
    send nothing. Only a process that dies between the mail and the commit makes the next run send it
    again, under the same Message-ID, which is how mail servers recognise a duplicate.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.receipt_sent_at is not None:
            return False
        order.receipt_sent_at = timezone.now()
        order.status = Order.Status.CONFIRMED
        order.save(update_fields=["receipt_sent_at", "status"])
        where = send_receipt(order)
        record(Step.Name.RECEIPT, order.pk, detail=where)
    logger.info("receipt_sent", order=str(order.public_id), where=where)
    return True


def send_receipt(order: Order) -> str:
    """Send the mail now and return where it went: a file of the mail folder, or the customer's address."""
    config: DjangoConfig = settings.CONFIG
    with mailers.default as mailer:
        mailer.send_messages([_compose(order, config)])
        return _written_to(mailer) or order.email


def _compose(order: Order, config: DjangoConfig) -> EmailMessage:
    body = render_to_string("orders/receipt.txt", {"order": order, "site": config.site})
    key = current_task_id() or order.public_id
    return EmailMessage(
        subject=f"{config.site.title}: receipt for {order.get_product_display()}",
        body=body,
        to=[order.email],
        headers={"Message-ID": f"<{key}@{config.site.domain}>"},
    )


def _written_to(mailer: BaseEmailBackend) -> str:
    # Django's file backend has its open file in ``stream``; the others have none.
    name = getattr(getattr(mailer, "stream", None), "name", "")
    return Path(name).name
