"""The sales summary is cached until an order is confirmed."""

from decimal import Decimal

import pytest

from apps.orders.summary import read_summary, sales_summary
from framework.tasks import run_tasks

from .conftest import PlaceOrder

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_read_computes_and_the_second_does_not() -> None:
    first, second = read_summary(), read_summary()

    assert (first.recomputed, second.recomputed) == (True, False)
    assert first.summary == second.summary


def test_an_order_without_a_receipt_leaves_the_summary_in_the_cache(place: PlaceOrder) -> None:
    read_summary()

    place()

    assert not read_summary().recomputed


def test_a_confirmed_order_makes_the_next_read_recompute(place: PlaceOrder) -> None:
    read_summary()
    place(quantity=2)

    run_tasks()

    reading = read_summary()
    assert reading.recomputed
    assert (reading.summary.orders, reading.summary.revenue) == (1, Decimal("48.00"))


def test_the_recomputation_is_noted_with_the_value_before_and_after(place: PlaceOrder) -> None:
    read_summary()
    order = place(quantity=2)
    run_tasks()

    sales_summary()

    assert order.steps.get(name="invalidated").detail == "tag orders"
    assert order.steps.get(name="recomputed").detail == "0 orders, 0.00 → 1 order, 48.00"


def test_reads_before_the_receipt_are_not_taken_for_the_next_read(place: PlaceOrder) -> None:
    order = place()

    sales_summary.refresh()

    assert not order.steps.filter(name="recomputed").exists()
