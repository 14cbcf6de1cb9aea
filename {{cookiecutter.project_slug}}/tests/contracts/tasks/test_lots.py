"""What a busy site does in lots rather than one by one."""

from dataclasses import replace

import pytest

from framework.tasks import TaskState
from framework.tasks.brokers.redis import RedisOutboxBroker
from framework.tasks.conf import LIMITS
from framework.tasks.models import Task
from framework.tasks.relay import FULL_SECONDS, LOT_SECONDS
from tests.contracts.conftest import QUEUE, System

by_relay = pytest.mark.parametrize("system", ["redis", "rabbitmq"], indirect=True)


def sent() -> int:
    return Task.objects.filter(state=TaskState.SENT).count()


@by_relay
def test_a_window_is_filled_again_once_a_quarter_of_it_is_free(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.tasks.relay.LIMITS", replace(LIMITS, window=8))
    note = system.actor(lambda: None, actor_name="note")
    for _ in range(20):
        note.send()
    assert system.relay is not None
    filled = (system.relay.publish(QUEUE), sent())
    [first, *others] = Task.objects.filter(state=TaskState.SENT)

    first.state = TaskState.DONE
    first.save()
    hardly_any_room = system.relay.publish(QUEUE)
    Task.objects.filter(pk=others[0].pk).update(state=TaskState.DONE)

    assert filled == (8, 8)
    assert hardly_any_room == 0
    assert (system.relay.publish(QUEUE), sent()) == (2, 8)


@by_relay
def test_a_queue_rests_after_a_lot_and_longer_when_its_window_is_full(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framework.tasks.relay.LIMITS", replace(LIMITS, window=4))
    note = system.actor(lambda: None, actor_name="note")
    for _ in range(6):
        note.send()
    assert system.relay is not None
    monkeypatch.setattr("framework.tasks.relay.monotonic", lambda: 1000.0)

    after_a_lot = system.relay.poll()
    rests = []
    for _ in range(6):
        system.relay._rests_until.clear()
        rests.append(system.relay.poll())
    Task.objects.filter(state=TaskState.SENT).update(state=TaskState.DONE)
    system.relay._rests_until.clear()
    after_another_lot = system.relay.poll()

    assert after_a_lot == after_another_lot == pytest.approx(LOT_SECONDS)
    # In the same time again no more of it can be done than has been until then, which was less than a quarter.
    assert rests == pytest.approx([FULL_SECONDS * factor for factor in (1, 1, 2, 4, 8, 8)])


@pytest.mark.parametrize("system", ["redis"], indirect=True)
def test_redis_is_told_of_what_was_done(system: System) -> None:
    broker = system.broker
    assert isinstance(broker, RedisOutboxBroker)
    note = system.actor(lambda: None, actor_name="note")
    system.start()

    system.settled(*[note.send() for _ in range(50)])
    worker = system.worker
    assert worker is not None
    worker.stop(timeout=300_000)

    assert broker.client.hlen(f"{broker.namespace}:{QUEUE}.msgs") == 0
    assert broker.client.keys(f"{broker.namespace}:__acks__*") == []
