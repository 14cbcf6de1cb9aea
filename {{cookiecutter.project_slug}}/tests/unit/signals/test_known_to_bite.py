"""What bites people who use Django's signals."""

import asyncio
from functools import partial

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.core import mail
from django.db import transaction
from structlog.testing import capture_logs

from apps.accounts.models import User
from framework.logs import bound_context
from framework.signals import (
    InvalidReceiverError,
    WatchedQuerySet,
    aemit,
    emit,
    muted,
    on,
    on_bulk,
    on_create,
)
from framework.tasks import run_tasks

from . import shop
from .shop import Paid, VetoError, seen

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_partial_is_refused_when_it_is_connected_not_when_it_fails() -> None:
    # Signal.send_robust() looks for the __qualname__ of what raised, and a partial has none.
    with pytest.raises(InvalidReceiverError, match="is no plain function"):
        on(Paid, after_commit=True)(partial(shop.notify))


def test_an_async_receiver_after_the_commit_is_awaited() -> None:
    # transaction.on_commit() calls an async function and drops the coroutine.
    on(Paid, after_commit=True)(shop.push)

    with transaction.atomic():
        emit(Paid(1))
        assert seen == []

    assert seen == [("push", 1)]


def test_a_receiver_of_an_abstract_parent_hears_of_its_heirs() -> None:
    # @receiver(post_save, sender=AbstractParent) never fires.
    on_create(AbstractBaseUser)(shop.note_object)

    user = User.objects.create_user("ada@example.com")

    assert seen == [("User", user.pk)]


def test_update_does_not_slip_by() -> None:
    # QuerySet.update() sends no signal.
    group = Group.objects.create(name="a")
    on_bulk(Group)(shop.note)

    WatchedQuerySet(Group).filter(name="a").update(name="b")

    assert [batch.keys for batch in seen] == [(group.pk,)]


def test_a_receiver_that_raises_after_others_ran_undoes_them_or_leaves_them_alone() -> None:
    # Signal.send() stops in the middle: what ran before stays done, what comes after never runs.
    on(Paid)(shop.store)
    on(Paid)(shop.veto)

    with pytest.raises(VetoError), transaction.atomic():
        emit(Paid(1))

    assert not Group.objects.exists()


def test_after_the_commit_no_receiver_keeps_the_others_from_running() -> None:
    on(Paid, after_commit=True)(shop.reserve)
    on(Paid, after_commit=True)(shop.veto)
    on(Paid, after_commit=True)(shop.notify)

    with capture_logs() as logs:
        emit(Paid(1))

    assert seen == [("reserve", 1), ("notify", 1)]
    [log] = logs
    assert (log["event"], log["receiver"]) == ("receiver_failed", "tests.unit.signals.shop.veto")
    assert log["emitted_at"].startswith("tests/unit/signals/test_known_to_bite.py:")


def test_a_durable_receiver_knows_which_line_emitted_the_event() -> None:
    on(Paid, durable=True)(shop.note_context)

    with bound_context(request_id="r1"):
        emit(Paid(1))
    run_tasks()

    [context] = seen
    assert context["request_id"] == "r1"
    assert context["emitted_at"].startswith("tests/unit/signals/test_known_to_bite.py:")


def test_no_mail_is_sent_for_a_save_that_was_rolled_back() -> None:
    # A post_save receiver sends it before anybody knows.
    on(Paid, after_commit=True)(shop.send_mail_about)
    on(Paid, durable=True)(shop.notify)

    with pytest.raises(VetoError), transaction.atomic():
        emit(Paid(1))
        raise VetoError
    run_tasks()

    assert (mail.outbox, seen) == ([], [])


def test_muting_in_one_asyncio_task_does_not_mute_another() -> None:
    # A threading.local is shared by all asyncio tasks of a thread.
    on(Paid, after_commit=True)(shop.push)

    async def both() -> None:
        is_muted, is_told = asyncio.Event(), asyncio.Event()

        async def mutes() -> None:
            with muted():
                is_muted.set()
                await is_told.wait()
                await aemit(Paid(1))

        async def tells() -> None:
            await is_muted.wait()
            await aemit(Paid(2))
            is_told.set()

        await asyncio.gather(mutes(), tells())

    asyncio.run(both())

    assert seen == [("push", 2)]
