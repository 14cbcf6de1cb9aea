"""Placing an order: everything is committed, or nothing is."""

from decimal import Decimal

import pytest
from django.db import transaction

from apps.orders.models import Order, Step
from apps.orders.services import place_order
from framework.tasks.models import Task

from .conftest import PlaceOrder

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_is_stored_with_its_price(place: PlaceOrder) -> None:
    order = place(quantity=3)

    assert (order.unit_price, order.total, order.status) == (Decimal("24.00"), Decimal("72.00"), "placed")


def test_an_order_leaves_one_outbox_row_that_knows_its_request(place: PlaceOrder) -> None:
    place("request-7")

    [task] = Task.objects.filter(queue="mail")

    assert (task.state, task.context["request_id"]) == ("pending", "request-7")


def test_a_rolled_back_order_leaves_no_row_no_step_and_no_task(place: PlaceOrder) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        place()
        raise RuntimeError

    assert not Order.objects.exists()
    assert not Step.objects.exists()
    assert not Task.objects.exists()


def test_the_steps_of_the_request_are_recorded_in_order(place: PlaceOrder) -> None:
    order = place("request-7")

    steps = list(order.steps.all())

    assert [step.name for step in steps] == ["request", "transaction", "event"]
    assert steps[0].detail == "request-7"
    assert steps[1].took_ms is not None
    assert steps[1].detail.startswith("commit took ")


@pytest.mark.parametrize("quantity", [0, -1, 100])
def test_a_wrong_quantity_is_refused(quantity: int) -> None:
    with pytest.raises(ValueError, match=f"the quantity is {quantity}"):
        place_order(product="tea", quantity=quantity, email="ada@example.com")


def test_a_product_that_is_not_for_sale_is_refused() -> None:
    with pytest.raises(KeyError):
        place_order(product="gold", quantity=1, email="ada@example.com")
