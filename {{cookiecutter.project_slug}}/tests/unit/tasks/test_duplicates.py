"""A message has one task, and a task belongs to one transaction."""

import uuid

import dramatiq
import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from dramatiq import Message

from framework.tasks import DuplicateMessageError, OtherDatabaseError, enqueue_many
from framework.tasks.models import Task


def message(message_id: str | None = None) -> Message[None]:
    return Message(
        queue_name="twice",
        actor_name="twice",
        args=(),
        kwargs={},
        options={},
        message_id=message_id or str(uuid.uuid4()),
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("ended", [False, True])
def test_a_message_that_was_sent_before_is_refused_and_the_transaction_goes_on(ended: bool) -> None:
    again = message()
    dramatiq.get_broker().enqueue(again)
    if ended:
        Task.objects.update(state="done")

    with transaction.atomic():
        Group.objects.create(name="before")
        with pytest.raises(DuplicateMessageError, match=rf"The message {again.message_id} of twice was sent before"):
            dramatiq.get_broker().enqueue(again)
        Group.objects.create(name="after")

    assert Group.objects.filter(name__in=["before", "after"]).count() == 2
    assert Task.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("inside", [False, True], ids=["autocommit", "transaction"])
@pytest.mark.parametrize("number", [1, 700])
def test_many_messages_are_written_all_or_none(inside: bool, number: int) -> None:
    again = message()
    dramatiq.get_broker().enqueue(again)
    lot = [*(message() for _ in range(number)), again, message()]

    if inside:
        with transaction.atomic(), pytest.raises(DuplicateMessageError):
            enqueue_many(lot)
    else:
        with pytest.raises(DuplicateMessageError):
            enqueue_many(lot)

    assert Task.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("broker")
def test_the_same_message_twice_in_one_lot_is_refused() -> None:
    same = message()

    with pytest.raises(DuplicateMessageError, match=same.message_id):
        enqueue_many([same, message(), same])

    assert not Task.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker")
def test_a_duplicate_opens_no_transaction_that_nobody_ends() -> None:
    again = message()
    dramatiq.get_broker().enqueue(again)

    with transaction.atomic():
        with pytest.raises(DuplicateMessageError):
            dramatiq.get_broker().enqueue(again)
        dramatiq.get_broker().enqueue(message())

    assert Task.objects.count() == 2


@pytest.mark.usefixtures("broker")
def test_a_task_is_refused_in_the_transaction_of_another_database(second_database: str) -> None:
    with transaction.atomic(using=second_database):
        with pytest.raises(OtherDatabaseError, match=r"twice was sent inside transaction.atomic\(using='second'\)"):
            dramatiq.get_broker().enqueue(message())
        with pytest.raises(OtherDatabaseError):
            enqueue_many([message(), message()])
        with transaction.atomic():
            dramatiq.get_broker().enqueue(message())

    assert Task.objects.count() == 1


@pytest.mark.usefixtures("broker")
def test_a_task_without_a_row_is_refused_there_too(second_database: str) -> None:
    with transaction.atomic(using=second_database), pytest.raises(OtherDatabaseError):
        dramatiq.get_broker().enqueue(message().copy(options={"durable": False}))


@pytest.mark.usefixtures("broker")
def test_a_task_sent_after_the_commit_of_another_database_is_written(second_database: str) -> None:
    with transaction.atomic(using=second_database):
        transaction.on_commit(lambda: dramatiq.get_broker().enqueue(message()), using=second_database)

    assert Task.objects.count() == 1
