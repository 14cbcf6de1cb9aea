"""Many tasks at once: what waits holds nobody up, and nothing is handed over twice."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dramatiq
import pytest
from django.db import connections
from dramatiq import Message

from framework.tasks import enqueue_many, transitions
from framework.tasks.brokers.redis import RedisOutboxBroker
from framework.tasks.conf import LIMITS
from framework.tasks.message import to_row
from framework.tasks.models import Task
from framework.tasks.relay import Relay
from tests.contracts.conftest import System, until

DAY_MS = 86_400_000


def test_thousands_of_far_future_tasks_do_not_hold_up_one_that_is_due_soon(system: System) -> None:
    ran: list[str] = []
    note = system.actor(ran.append, actor_name="far_note")
    for _ in range(20):
        # Through the broker, as send_with_options() would, with the delay of a single message.
        transitions.insert([_delayed(note.message("far"), DAY_MS) for _ in range(100)])
    system.start(threads=1)

    soon = note.send_with_options(args=("soon",), delay=2_000)

    system.settled(soon)
    assert ran == ["soon"]
    assert Task.objects.filter(actor="far_note", attempts=0).count() == 2_000


@pytest.mark.parametrize("system", ["redis", "rabbitmq"], indirect=True)
def test_two_relays_hand_over_each_of_many_rows_once(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.tasks.relay.LIMITS", replace(LIMITS, window=50_000))
    published: list[str] = []
    lock, publish = threading.Lock(), system.broker.publish

    def count(messages: Sequence[Message[Any]]) -> None:
        with lock:
            published.extend(message.message_id for message in messages)
        publish(messages)

    monkeypatch.setattr(system.broker, "publish", count)
    actor = system.actor(lambda: None, actor_name="relayed")
    # RabbitMQ confirms each message by itself, which takes its time.
    number = 20_000 if isinstance(system.broker, RedisOutboxBroker) else 3_000
    enqueue_many(actor.message() for _ in range(number))

    threads = [threading.Thread(target=_relay_all, args=(system,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(published) == number
    assert len(set(published)) == number
    until(lambda: system.broker.depth("contract") == number)


def _relay_all(system: System) -> None:
    own = Relay(system.broker)
    try:
        while Task.objects.filter(state="pending").exists():
            own.poll()
    finally:
        connections.close_all()


def _delayed(message: Message[Any], delay: int) -> dict[str, Any]:
    return to_row(dramatiq.get_broker(), message, delay)
