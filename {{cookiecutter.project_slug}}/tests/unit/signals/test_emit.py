"""``emit``: at once and able to veto, or after the commit and isolated."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from framework.errors import EventError
from framework.signals import UnknownEventError, captured, emit, muted, on

from . import shop
from .shop import Paid, VetoError, seen

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class NotDeclared:
    """A dataclass that is no event."""


def test_receivers_run_in_the_order_they_were_declared() -> None:
    on(Paid)(shop.notify)
    on(Paid)(shop.reserve)

    emit(Paid(order=1))

    assert seen == [("notify", 1), ("reserve", 1)]


def test_a_receiver_in_the_transaction_vetoes_it() -> None:
    on(Paid)(shop.store)
    on(Paid)(shop.veto)

    with pytest.raises(VetoError), transaction.atomic():
        emit(Paid(order=1))

    assert not Group.objects.exists()


def test_a_caught_veto_leaves_the_transaction_usable() -> None:
    on(Paid)(shop.veto)
    on(Paid, durable=True)(shop.notify)

    with transaction.atomic():
        with pytest.raises(VetoError):
            emit(Paid(order=1))
        Group.objects.create(name="still here")

    assert Group.objects.count() == 1


def test_after_commit_receivers_wait_for_the_commit() -> None:
    on(Paid, after_commit=True)(shop.notify)

    with transaction.atomic():
        emit(Paid(order=1))
        before = list(seen)

    assert before == []
    assert seen == [("notify", 1)]


def test_a_rolled_back_payment_notifies_nobody() -> None:
    on(Paid, after_commit=True)(shop.notify)

    with pytest.raises(VetoError), transaction.atomic():
        emit(Paid(order=1))
        raise VetoError

    assert seen == []


def test_one_failing_receiver_after_commit_stops_no_other_and_is_logged_by_its_path(
    caplog: pytest.LogCaptureFixture,
) -> None:
    on(Paid, after_commit=True)(shop.veto)
    on(Paid, after_commit=True)(shop.push_and_fail)
    on(Paid, after_commit=True)(shop.notify)
    on(Paid, after_commit=True)(shop.push)

    emit(Paid(order=1))

    assert seen == [("notify", 1), ("push", 1)]
    assert "tests.unit.signals.shop.veto" in caplog.text
    assert "tests.unit.signals.shop.push_and_fail" in caplog.text


def test_async_receivers_are_awaited_after_the_commit() -> None:
    on(Paid, after_commit=True)(shop.push)
    on(Paid, after_commit=True)(shop.astore)

    with transaction.atomic():
        emit(Paid(order=1))

    assert seen == [("push", 1)]
    assert Group.objects.get().name == "paid 1"


async def test_emit_on_a_running_loop_says_what_to_write_instead() -> None:
    on(Paid, after_commit=True)(shop.push)

    with pytest.raises(EventError, match="await aemit"):
        emit(Paid(order=1))


def test_what_is_no_event_cannot_be_emitted() -> None:
    with pytest.raises(UnknownEventError, match="NotDeclared is no event; write @event"):
        emit(NotDeclared())


def test_muted_events_reach_nobody_and_are_still_captured() -> None:
    on(Paid)(shop.reserve)

    with captured(Paid) as events, muted(Paid):
        emit(Paid(order=1))

    assert seen == []
    assert events == [Paid(order=1)]


def test_captured_records_in_every_block_around_and_lets_receivers_run() -> None:
    on(Paid)(shop.reserve)

    with captured() as outer, captured(NotDeclared) as others, captured(Paid) as inner:
        emit(Paid(order=1))

    assert (outer, others, inner) == ([Paid(order=1)], [], [Paid(order=1)])
    assert seen == [("reserve", 1)]


async def test_muting_does_not_leak_to_another_asyncio_task() -> None:
    on(Paid)(shop.reserve)
    inside, outside = asyncio.Event(), asyncio.Event()

    async def mute() -> None:
        with muted():
            inside.set()
            await outside.wait()

    async def speak() -> None:
        await inside.wait()
        emit(Paid(order=1))
        outside.set()

    await asyncio.gather(mute(), speak())

    assert seen == [("reserve", 1)]


def test_muting_does_not_leak_to_another_thread() -> None:
    on(Paid)(shop.reserve)

    with muted(), ThreadPoolExecutor(1) as pool:
        pool.submit(emit, Paid(order=1)).result()

    assert seen == [("reserve", 1)]
