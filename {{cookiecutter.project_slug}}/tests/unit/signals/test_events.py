"""Events: declared once, emitted, and delivered in three modes."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from framework.errors import EventError
from framework.signals import (
    InvalidReceiverError,
    UnknownEventError,
    UnserializableEventError,
    aemit,
    captured,
    emit,
    event,
    muted,
    on,
)
from framework.tasks import TaskState, run_tasks
from framework.tasks.models import Task

from . import sample
from .conftest import Connect
from .sample import Paid, Strange


@pytest.mark.django_db
def test_a_receiver_runs_at_once_and_in_declared_order(connect: Connect, heard: list[object]) -> None:
    connect(sample.note)
    connect(sample.note_again)

    emit(Paid(1))

    assert heard == [Paid(1), "again 1"]


@pytest.mark.django_db
def test_a_receiver_in_the_transaction_can_veto_it(connect: Connect) -> None:
    connect(sample.veto)

    with pytest.raises(PermissionError), transaction.atomic():
        Group.objects.create(name="refused")
        emit(Paid(1))

    assert not Group.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_receiver_after_the_commit_does_not_hear_of_a_rollback(connect: Connect, heard: list[object]) -> None:
    connect(sample.note, after_commit=True)

    with pytest.raises(RuntimeError), transaction.atomic():
        emit(Paid(1))
        raise RuntimeError
    with transaction.atomic():
        emit(Paid(2))
        assert heard == []

    assert heard == [Paid(2)]


@pytest.mark.django_db(transaction=True)
def test_a_failing_receiver_after_the_commit_is_logged_and_stops_no_other(
    connect: Connect, heard: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    connect(sample.veto, after_commit=True)
    connect(sample.note, after_commit=True)

    with caplog.at_level(logging.ERROR):
        emit(Paid(1))

    assert heard == [Paid(1)]
    assert "sample.veto" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_async_receiver_is_awaited_after_the_commit(connect: Connect, heard: list[object]) -> None:
    connect(sample.note_async, after_commit=True)

    emit(Paid(1))

    assert heard == ["async 1"]


@pytest.mark.django_db(transaction=True)
def test_emitting_from_async_code_runs_every_receiver(connect: Connect, heard: list[object]) -> None:
    connect(sample.note)
    connect(sample.note_async, after_commit=True)

    asyncio.run(aemit(Paid(1)))

    assert heard == [Paid(1), "async 1"]


@pytest.mark.django_db
def test_durable_receivers_are_one_insert_however_many(
    connect: Connect, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for function in (sample.note, sample.note_again, sample.make_group):
        connect(function, durable=True, queue="mail")

    with transaction.atomic(), django_assert_num_queries(1):  # type: ignore[operator]
        emit(Paid(1))

    assert {task.queue for task in Task.objects.all()} == {"mail"}
    assert Task.objects.count() == 3


@pytest.mark.django_db
def test_a_rolled_back_event_is_not_delivered(connect: Connect) -> None:
    connect(sample.note, durable=True)

    with pytest.raises(RuntimeError), transaction.atomic():
        emit(Paid(1))
        raise RuntimeError

    assert not Task.objects.exists()


@pytest.mark.django_db
def test_a_durable_receiver_gets_the_event_with_its_types(connect: Connect, heard: list[object]) -> None:
    connect(sample.note, durable=True)
    paid = Paid(1, Decimal("12.30"), datetime(2030, 1, 2, tzinfo=UTC), uuid4())

    emit(paid)
    [task] = run_tasks()

    assert task.state == TaskState.DONE, task.errors
    assert heard == [paid]


@pytest.mark.django_db
def test_the_writes_of_a_failed_durable_receiver_are_rolled_back(connect: Connect) -> None:
    connect(sample.make_group_and_fail, durable=True, max_retries=0)

    emit(Paid(1))
    [task] = run_tasks()

    assert task.state == TaskState.DEAD
    assert not Group.objects.filter(name="half").exists()


@pytest.mark.django_db
def test_an_event_for_a_receiver_that_is_gone_is_parked(connect: Connect) -> None:
    connect(sample.note, durable=True, max_retries=0)
    emit(Paid(1))
    Task.objects.update(args=["framework.Gone", {}, "framework.gone"])

    [task] = run_tasks()

    assert task.state == TaskState.DEAD
    assert "UnknownReceiverError" in task.errors[0]["type"]


@pytest.mark.django_db
def test_a_field_that_json_cannot_hold_is_refused_before_anything_is_written(connect: Connect) -> None:
    connect(sample.note_strange, event=Strange, durable=True)

    with pytest.raises(UnserializableEventError, match="Strange cannot be written as JSON"):
        emit(Strange(object()))

    assert not Task.objects.exists()


@pytest.mark.django_db
def test_muted_events_reach_nobody_but_are_captured(connect: Connect, heard: list[object]) -> None:
    connect(sample.note)

    with captured() as events, muted(Paid):
        emit(Paid(1))

    assert (heard, events) == ([], [Paid(1)])


def test_muting_does_not_leak_to_other_asyncio_tasks() -> None:
    from framework.signals.testing import is_muted

    async def mute(started: asyncio.Event, done: asyncio.Event) -> None:
        with muted(Paid):
            started.set()
            await done.wait()

    async def look() -> bool:
        started, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(mute(started, done))
        await started.wait()
        seen = is_muted(Paid)
        done.set()
        await task
        return seen

    assert asyncio.run(look()) is False


def test_a_class_that_can_change_is_no_event() -> None:
    @dataclass
    class Loose:
        number: int

    with pytest.raises(EventError, match="must be a frozen dataclass"):
        event(Loose)


def test_emitting_something_else_is_refused() -> None:
    with pytest.raises(UnknownEventError, match="str is no event"):
        emit("paid")


def test_a_lambda_cannot_be_a_receiver() -> None:
    with pytest.raises(InvalidReceiverError, match="at module level"):
        on(Paid)(lambda _: None)


def test_an_async_receiver_cannot_be_durable_or_in_the_transaction() -> None:
    with pytest.raises(InvalidReceiverError, match="say after_commit=True"):
        on(Paid)(sample.note_async)
    with pytest.raises(InvalidReceiverError, match="write a plain function"):
        on(Paid, durable=True)(sample.note_async)


def test_a_receiver_is_either_durable_or_after_the_commit() -> None:
    with pytest.raises(InvalidReceiverError, match="either"):
        on(Paid, durable=True, after_commit=True)
