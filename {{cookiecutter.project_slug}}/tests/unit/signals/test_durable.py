"""Durable receivers: rows in the emitter's transaction, delivered by a worker."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from framework.logs import bound_context, current_context
from framework.signals import UnserializableEventError, emit, event, on
from framework.signals.tasks import declare_queues, deliver
from framework.tasks import run_tasks
from framework.tasks.models import Task

from . import shop
from .shop import Paid, VetoError, seen

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "tests.unit.signals.shop"


@event
@dataclass(frozen=True, slots=True)
class Shipped:
    """Something was sent off."""

    order: int
    parcel: object


def note_context(paid: Paid) -> None:
    seen.append(current_context()["request_id"])


def pack(shipped: Shipped) -> None:
    """Never gets there."""


def test_three_durable_receivers_are_one_insert_in_the_emitters_transaction() -> None:
    on(Paid, durable=True)(shop.reserve)
    on(Paid, durable=True, queue="mail", max_retries=3)(shop.notify)
    on(Paid, durable=True)(shop.push)

    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        emit(Paid(order=7))

    inserts = [query for query in queries if query["sql"].startswith("INSERT")]
    assert len(queries) == len(inserts) == 1
    rows = Task.objects.order_by("serial")
    assert [row.args for row in rows] == [
        [f"{SHOP}.Paid", {"order": 7}, f"{SHOP}.{name}", 1] for name in ("reserve", "notify", "push")
    ]
    assert [(row.queue, row.max_attempts) for row in rows][1] == ("mail", 4)


def test_a_rolled_back_payment_leaves_no_row() -> None:
    on(Paid, durable=True)(shop.notify)

    with pytest.raises(VetoError), transaction.atomic():
        emit(Paid(order=1))
        raise VetoError

    assert not Task.objects.exists()


def test_outside_a_transaction_a_veto_takes_the_writes_of_receivers_along() -> None:
    on(Paid)(shop.store)
    on(Paid)(shop.veto)
    on(Paid, durable=True)(shop.notify)

    with pytest.raises(VetoError):
        emit(Paid(order=1))

    assert not Task.objects.exists()
    assert not Group.objects.exists()


def test_a_worker_runs_each_receiver_with_the_event_it_was_given() -> None:
    on(Paid, durable=True)(shop.notify)
    on(Paid, durable=True, queue="mail")(shop.push)
    declare_queues()
    emit(Paid(order=1))

    rows = run_tasks()

    assert [row.state for row in rows] == ["done", "done"]
    assert sorted(seen) == [("notify", 1), ("push", 1)]


def test_the_context_of_the_emitter_reaches_the_receiver() -> None:
    on(Paid, durable=True)(note_context)
    with bound_context(request_id="abc"):
        emit(Paid(order=1))

    run_tasks()

    assert seen == ["abc"]


@pytest.mark.parametrize("receiver", [shop.store_and_fail, shop.astore_and_fail])
def test_a_failed_receiver_leaves_nothing_and_is_tried_again(receiver: object) -> None:
    on(Paid, durable=True, max_retries=1)(receiver)  # type: ignore[arg-type]  # one of two functions
    emit(Paid(order=1))

    [row] = run_tasks()

    assert row.state == "pending"
    assert row.errors[0]["message"] == "order 1"
    assert not Group.objects.exists()


def test_an_async_receiver_writes_in_the_transaction_of_its_task() -> None:
    on(Paid, durable=True)(shop.astore)
    emit(Paid(order=1))

    [row] = run_tasks()

    assert row.state == "done"
    assert Group.objects.get().name == "paid 1"


@pytest.mark.parametrize(
    ("name", "receiver", "version", "error", "message"),
    [
        ("shop.Gone", f"{SHOP}.notify", 1, "UnknownEventError", "No event is called 'shop.Gone'"),
        (f"{SHOP}.Paid", f"{SHOP}.gone", 1, "UnknownReceiverError", f"no durable receiver called '{SHOP}.gone'"),
        (f"{SHOP}.Paid", f"{SHOP}.notify", 2, "StoredEventError", "has version 2 and this code knows version 1"),
    ],
)
def test_what_this_code_does_not_know_waits_for_a_worker_that_does(
    name: str, receiver: str, version: int, error: str, message: str
) -> None:
    on(Paid, durable=True)(shop.notify)
    deliver.send(name, {"order": 1}, receiver, version)

    [row] = run_tasks()

    assert (row.state, row.attempts) == ("pending", 0)
    assert row.errors[-1]["type"] == f"framework.signals.exceptions.{error}"
    assert message in row.errors[-1]["message"]
    assert seen == []


def test_a_field_json_cannot_hold_is_named_before_anything_is_written() -> None:
    on(Shipped, durable=True)(pack)

    with pytest.raises(UnserializableEventError, match=r"test_durable\.Shipped\.parcel cannot be written as JSON"):
        emit(Shipped(order=1, parcel=object()))

    assert not Task.objects.exists()
