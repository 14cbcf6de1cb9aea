"""The receipt: one mail for each order, however often its task runs."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import override_settings

from apps.orders.models import Order
from apps.orders.receipts import confirm
from apps.orders.tasks import resend_receipt
from framework.tasks import run_tasks
from framework.tasks.models import Task

from .conftest import PlaceOrder

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_sends_the_receipt_and_confirms_the_order(place: PlaceOrder, mailoutbox: list[EmailMessage]) -> None:
    order = place()

    [task] = run_tasks()

    order.refresh_from_db()
    [mail] = mailoutbox
    assert task.state == "done"
    assert order.status == Order.Status.CONFIRMED
    assert order.receipt_sent_at is not None
    assert mail.to == ["ada@example.com"]
    assert str(order.public_id) in mail.body


def test_the_message_id_is_made_from_the_task(place: PlaceOrder, mailoutbox: list[EmailMessage]) -> None:
    place()

    [task] = run_tasks()

    assert str(task.id) in mailoutbox[0].extra_headers["Message-ID"]


def test_a_task_that_runs_twice_sends_one_receipt(place: PlaceOrder, mailoutbox: list[EmailMessage]) -> None:
    order = place()
    run_tasks()
    Task.objects.update(state="pending")

    run_tasks()

    assert len(mailoutbox) == 1
    assert confirm(order.pk) is False


def test_a_mail_that_cannot_be_sent_leaves_the_order_as_it_was(
    place: PlaceOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = place()

    def refuse(message: EmailMessage) -> bytes:
        raise OSError("the mail server hung up")

    monkeypatch.setattr(EmailMessage, "message", refuse)
    with pytest.raises(OSError, match="hung up"):
        confirm(order.pk)

    order.refresh_from_db()
    assert (order.status, order.receipt_sent_at) == ("placed", None)
    assert not order.steps.filter(name="receipt").exists()


def test_the_step_names_the_file_in_the_mail_folder(place: PlaceOrder, tmp_path: Path) -> None:
    files = {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": tmp_path}}
    order = place()

    with override_settings(MAILERS={"default": files}):
        confirm(order.pk)

    [mail] = tmp_path.iterdir()
    assert order.steps.get(name="receipt").detail == mail.name
    assert str(order.public_id) in mail.read_text(encoding="utf-8")


def test_a_receipt_can_be_sent_again_on_demand(place: PlaceOrder, mailoutbox: list[EmailMessage]) -> None:
    order = place()
    run_tasks()

    resend_receipt.send(order.pk)
    [task] = run_tasks()

    assert task.state == "done"
    assert len(mailoutbox) == 2
