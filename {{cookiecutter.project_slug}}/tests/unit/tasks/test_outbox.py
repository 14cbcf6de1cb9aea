"""Sending a task writes a row that shares the fate of the caller's transaction."""

import datetime
import uuid

import dramatiq
import pytest
from django.db import transaction

from framework.logs import bound_context
from framework.tasks import (
    MessageTooLargeError,
    MessageUnserializableError,
    TaskState,
    captured_tasks,
    enqueue_many,
)
from framework.tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def greet(broker: dramatiq.Broker) -> dramatiq.Actor[..., None]:
    @dramatiq.actor(actor_name="greet", queue_name="greetings", max_retries=2)
    def greet(name: str) -> None:
        """Greet somebody."""

    return greet


def test_sending_writes_one_pending_row(greet: dramatiq.Actor[..., None]) -> None:
    message = greet.send("Ada")

    task = Task.objects.get(id=message.message_id)
    assert (task.actor, task.queue, task.state) == ("greet", "greetings", TaskState.PENDING)
    assert (task.args, task.max_attempts) == (["Ada"], 3)


def test_a_rolled_back_transaction_leaves_no_task(greet: dramatiq.Actor[..., None]) -> None:
    with pytest.raises(RuntimeError, match="no"), transaction.atomic():
        greet.send("Ada")
        raise RuntimeError("no")

    assert not Task.objects.exists()


def test_a_rolled_back_savepoint_leaves_only_the_outer_task(greet: dramatiq.Actor[..., None]) -> None:
    with transaction.atomic():
        greet.send("outer")
        with pytest.raises(RuntimeError, match="no"), transaction.atomic():
            greet.send("inner")
            raise RuntimeError("no")

    assert [task.args for task in Task.objects.all()] == [["outer"]]


def test_many_messages_are_one_insert(
    greet: dramatiq.Actor[..., None], django_assert_num_queries: pytest.FixtureRequest
) -> None:
    messages = [greet.message(str(number)) for number in range(20)]

    with django_assert_num_queries(1):  # type: ignore[operator]
        rows = enqueue_many(messages)

    assert [row.message_id for row in rows] == [message.message_id for message in messages]


def test_a_delay_is_a_later_due_time(greet: dramatiq.Actor[..., None]) -> None:
    message = greet.send_with_options(args=("Ada",), delay=60_000)

    task = Task.objects.get(id=message.message_id)
    assert task.available_at - task.created_at == datetime.timedelta(seconds=60)


def test_the_context_of_the_request_is_kept(greet: dramatiq.Actor[..., None]) -> None:
    with bound_context(request_id="abc"):
        message = greet.send("Ada")

    assert Task.objects.get(id=message.message_id).context["request_id"] == "abc"


def test_an_argument_that_json_cannot_hold_is_named(greet: dramatiq.Actor[..., None]) -> None:
    with pytest.raises(MessageUnserializableError, match=r"greet: args\[0\] is a UUID"):
        greet.send(uuid.uuid4())

    assert not Task.objects.exists()


def test_arguments_beyond_the_limit_are_refused(greet: dramatiq.Actor[..., None]) -> None:
    with pytest.raises(MessageTooLargeError, match="store the data and send its id"):
        greet.send("x" * 2_000_000)


def test_captured_tasks_are_written_as_well(greet: dramatiq.Actor[..., None]) -> None:
    with captured_tasks() as messages:
        greet.send("Ada")

    assert [message.args for message in messages] == [("Ada",)]
    assert Task.objects.count() == 1
