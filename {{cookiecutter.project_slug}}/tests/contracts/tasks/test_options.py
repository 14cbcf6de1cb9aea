"""Options that exclude each other, or that no column holds, are refused by name and cost no transaction."""

from typing import Any

import dramatiq
import pytest
from django.db import transaction

from framework.tasks import DelayTooLongError, OptionsError, TaskState, enqueue_many
from framework.tasks.models import Task
from tests.contracts.conftest import System


@pytest.mark.parametrize(
    ("name", "value"),
    [("atomic", True), ("unique", True), ("limit", "10/m"), ("concurrency", 2), ("keep_dead", True)],
)
def test_what_only_a_row_can_keep_is_refused_without_one(system: System, name: str, value: Any) -> None:
    sentence = f"light says durable=False and {name}, which needs the row"

    with pytest.raises(OptionsError, match=sentence):
        system.actor(lambda: None, actor_name="light", durable=False, **{name: value})
    light = system.actor(lambda: None, actor_name="light", durable=False)
    with pytest.raises(OptionsError, match=sentence):
        light.send_with_options(**{name: value})


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"max_retries": 2**31}, OptionsError, "max_retries='2147483648' of note is not a whole number"),
        ({"max_retries": "3"}, OptionsError, "max_retries='3' of note is not a whole number"),
        ({"unique_key": "x" * 256}, OptionsError, "unique_key='x"),
        ({"unique_key": "a\0b"}, OptionsError, "without NUL"),
        ({"unique_key": 7}, OptionsError, "unique_key='7' of note is not a text"),
        ({"delay": 10**18}, DelayTooLongError, "note cannot wait"),
    ],
    ids=["too many retries", "retries as text", "a long key", "NUL in a key", "a number as a key", "a long delay"],
)
def test_an_option_that_no_column_holds_is_refused_and_the_transaction_goes_on(
    system: System, options: dict[str, Any], error: type[Exception], told: str
) -> None:
    note = system.actor(lambda: None, actor_name="note")
    system.start()

    with transaction.atomic():
        with pytest.raises(error, match=told):
            note.send_with_options(**options)
        kept = note.send()

    assert [task.state for task in system.settled(kept)] == [TaskState.DONE]
    assert Task.objects.count() == 1


def test_an_id_that_is_no_uuid_is_refused(system: System) -> None:
    note = system.actor(lambda: None, actor_name="note")

    with pytest.raises(OptionsError, match="message_id='seven' of note is not a UUID"):
        enqueue_many([note.message().copy(message_id="seven")])

    assert not Task.objects.exists()


def test_the_name_of_an_actor_that_no_column_holds_is_refused(system: System) -> None:
    long = system.actor(lambda: None, actor_name="a" * 300)

    with pytest.raises(OptionsError, match="actor_name="):
        long.send()


def test_however_they_are_passed_the_same_arguments_are_the_same_task(system: System) -> None:
    def book(seat: int, row: str = "a", **notes: str) -> None:
        """Do nothing."""

    actor: dramatiq.Actor[..., Any] = system.actor(book, unique=True)

    ids = {
        message.message_id
        for message in (
            actor.send(1),
            actor.send(seat=1),
            actor.send(1, "a"),
            actor.send(row="a", seat=1),
        )
    }
    others = {
        message.message_id
        for message in (
            actor.send(2),
            actor.send(1, "b"),
            actor.send(1, meal="none", seen="no"),
            actor.send(1, seen="no", meal="none"),
        )
    }

    assert len(ids) == 1
    assert len(others - ids) == 3
