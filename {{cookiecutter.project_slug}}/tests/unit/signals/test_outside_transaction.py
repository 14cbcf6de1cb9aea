"""``EVENTS_OUTSIDE_TRANSACTION``: what becomes of a durable event that no transaction is around."""

from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from pytest_django import Settings

from framework.signals import OtherTransactionError, TransactionRequiredError, aemit, emit, on
from framework.tasks.models import Task

from . import shop
from .shop import Paid, seen

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refusing(settings: Settings) -> None:
    events = settings.CONFIG.events.model_copy(update={"outside_transaction": "refuse"})
    settings.CONFIG = replace(settings.CONFIG, events=events)


@pytest.mark.usefixtures("refusing")
def test_it_is_refused_before_anybody_heard_of_it() -> None:
    on(Paid)(shop.reserve)
    on(Paid, durable=True)(shop.notify)

    with pytest.raises(TransactionRequiredError, match=r"Paid has durable receivers .* inside transaction\.atomic\(\)"):
        emit(Paid(order=1))

    assert (seen, Task.objects.count()) == ([], 0)


@pytest.mark.usefixtures("refusing")
def test_inside_a_transaction_all_is_as_ever() -> None:
    on(Paid, durable=True)(shop.notify)

    with transaction.atomic():
        emit(Paid(order=1))

    assert Task.objects.count() == 1


@pytest.mark.usefixtures("refusing")
def test_an_event_without_durable_receivers_needs_none() -> None:
    on(Paid)(shop.reserve)

    emit(Paid(order=1))

    assert seen == [("reserve", 1)]


@pytest.mark.usefixtures("refusing")
async def test_on_an_event_loop_there_is_none() -> None:
    on(Paid, durable=True)(shop.notify)

    with pytest.raises(TransactionRequiredError):
        await aemit(Paid(order=1))


@pytest.mark.usefixtures("refusing")
def test_below_a_sync_caller_its_transaction_counts() -> None:
    on(Paid, durable=True)(shop.notify)

    with transaction.atomic():
        async_to_sync(aemit)(Paid(order=1))

    assert Task.objects.count() == 1


def test_wrapped_unless_said_otherwise() -> None:
    on(Paid, durable=True)(shop.notify)

    emit(Paid(order=1))

    assert Task.objects.count() == 1


@pytest.mark.parametrize("connect", [on(Paid, durable=True), on(Paid, after_commit=True)])
def test_the_transaction_of_another_database_is_not_its_own(second_database: str, connect: Any) -> None:
    connect(shop.notify)

    with transaction.atomic(using=second_database):
        with pytest.raises(OtherTransactionError, match=r"Paid was emitted inside .*\(using='second'\)"):
            emit(Paid(order=1))
        with transaction.atomic():
            emit(Paid(order=2))

    assert Task.objects.count() + len(seen) == 1


def test_receivers_in_the_transaction_belong_to_any(second_database: str) -> None:
    on(Paid)(shop.reserve)

    with transaction.atomic(using=second_database):
        emit(Paid(order=1))

    assert seen == [("reserve", 1)]


def test_an_event_of_a_coroutine_is_refused_there_too(second_database: str) -> None:
    on(Paid, durable=True)(shop.notify)

    with transaction.atomic(using=second_database), pytest.raises(OtherTransactionError):
        async_to_sync(aemit)(Paid(order=1))
