"""Orders in the admin: to look at, and to send a receipt again."""

import pytest
from django.test import Client

from apps.accounts.models import User
from framework.tasks import captured_tasks

from .conftest import PlaceOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(client: Client) -> Client:
    """Return a client that is logged in to the admin."""
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


def test_an_order_and_its_steps_can_be_looked_at(staff: Client, place: PlaceOrder) -> None:
    order = place("request-7")

    listed = staff.get("/admin/orders/order/").content.decode()
    shown = staff.get(f"/admin/orders/order/{order.pk}/change/").content.decode()

    assert str(order.public_id) in listed
    assert "request-7" in shown
    assert "commit took" in shown


def test_orders_cannot_be_made_up(staff: Client) -> None:
    assert staff.get("/admin/orders/order/add/").status_code == 403


def test_receipts_are_sent_again_for_the_chosen_orders(staff: Client, place: PlaceOrder) -> None:
    chosen = [place().pk, place().pk]
    form = {"action": "send_receipt_again", "_selected_action": chosen}

    with captured_tasks() as messages:
        answer = staff.post("/admin/orders/order/", form)

    assert answer.status_code == 302
    assert sorted(message.args[0] for message in messages) == chosen
