"""``aemit``: sync receivers in one hop, async ones on the loop."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, async_to_sync, sync_to_async
from django.contrib.auth.models import Group
from django.db import connections, transaction

from framework.signals import aemit, on
from framework.signals.dispatch import MAX_CONCURRENT

from . import shop
from .shop import Paid, VetoError, seen

pytestmark = pytest.mark.django_db(transaction=True)

_running = 0


@pytest.fixture(autouse=True)
async def closed_connections() -> AsyncIterator[None]:
    """Close what the thread behind ``sync_to_async`` opened."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the hops from the loop to a thread."""
    counted: list[int] = []
    hop = SyncToAsync.__call__

    async def count(self: SyncToAsync[Any, Any], *args: Any, **kwargs: Any) -> Any:
        counted.append(1)
        return await hop(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", count)
    return counted


async def note_concurrency(paid: Paid) -> None:
    global _running  # noqa: PLW0603 - receivers are module-level functions
    _running += 1
    seen.append(_running)
    await asyncio.sleep(0)
    _running -= 1


def note_thread(paid: Paid) -> None:
    seen.append(threading.current_thread() is threading.main_thread())


async def test_sync_receivers_of_all_modes_take_one_hop(hops: list[int]) -> None:
    on(Paid)(note_thread)
    on(Paid, after_commit=True)(shop.notify)
    on(Paid, durable=True)(shop.store)
    on(Paid, after_commit=True)(shop.push)

    await aemit(Paid(order=1))

    assert len(hops) == 1
    assert seen == [False, ("notify", 1), ("push", 1)]


async def test_async_receivers_alone_take_no_hop(hops: list[int]) -> None:
    on(Paid, after_commit=True)(shop.push)

    await aemit(Paid(order=1))

    assert hops == []
    assert seen == [("push", 1)]


async def test_a_veto_rolls_back_what_other_receivers_wrote_and_silences_the_rest() -> None:
    on(Paid)(shop.store)
    on(Paid)(shop.veto)
    on(Paid, after_commit=True)(shop.push)

    with pytest.raises(VetoError):
        await aemit(Paid(order=1))

    assert not await Group.objects.aexists()
    assert seen == []


async def test_one_failing_async_receiver_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    on(Paid, after_commit=True)(shop.push_and_fail)
    on(Paid, after_commit=True)(shop.push)

    await aemit(Paid(order=1))

    assert seen == [("push", 1)]
    assert "tests.unit.signals.shop.push_and_fail" in caplog.text


async def test_no_more_than_the_bound_run_at_once() -> None:
    for _ in range(MAX_CONCURRENT + 5):
        on(Paid, after_commit=True)(note_concurrency)

    await aemit(Paid(order=1))

    assert len(seen) == MAX_CONCURRENT + 5
    assert max(seen) == MAX_CONCURRENT


def test_below_a_sync_transaction_the_rest_waits_for_its_commit() -> None:
    on(Paid, after_commit=True)(shop.push)
    on(Paid, after_commit=True)(shop.notify)

    with transaction.atomic():
        async_to_sync(aemit)(Paid(order=1))
        before = list(seen)

    assert before == []
    assert seen == [("notify", 1), ("push", 1)]


def test_below_a_sync_transaction_that_rolls_back_nobody_hears_of_it() -> None:
    on(Paid, after_commit=True)(shop.push)

    with pytest.raises(VetoError), transaction.atomic():
        async_to_sync(aemit)(Paid(order=1))
        raise VetoError

    assert seen == []
