"""Pausing, cancelling, limiting, and keeping tasks unique, whatever carries them."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from framework.tasks import TaskState, cancel, pause, resume, retry
from framework.tasks.models import Task, Throttle
from framework.tasks.relay import LOT_SECONDS
from tests.contracts.conftest import QUEUE, System, until
from tests.patience import PATIENCE_SECONDS


def test_a_paused_queue_hands_out_nothing_until_it_is_resumed(system: System) -> None:
    note = system.actor(lambda: None, actor_name="paused_note")
    other = system.actor(lambda: None, actor_name="other_note", queue_name="elsewhere")
    assert pause(QUEUE)
    system.start()

    waiting, passing = note.send(), other.send()
    system.settled(passing)

    assert Task.objects.get(id=waiting.message_id).state == TaskState.PENDING
    assert resume(QUEUE)
    system.settled(waiting)


def test_a_cancelled_task_never_starts_and_can_be_retried(system: System) -> None:
    ran: list[int] = []
    mark = system.actor(lambda: ran.append(1), actor_name="mark_cancelled")
    message = mark.send()
    task = Task.objects.get()
    assert cancel([task.id]) == 1
    system.start()
    system.settled(system.actor(lambda: None, actor_name="after").send())
    assert not ran

    assert retry([task.id]) == 1

    system.settled(message)
    until(lambda: ran == [1])


def test_what_waits_in_the_broker_can_still_be_cancelled(system: System) -> None:
    ran: list[int] = []
    mark = system.actor(lambda: ran.append(1), actor_name="mark_late")
    message = mark.send()
    if system.relay:
        system.relay.poll()
    assert cancel([Task.objects.get().id]) == 1

    system.start()
    system.settled(system.actor(lambda: None, actor_name="after_late").send())

    assert not ran
    assert Task.objects.get(id=message.message_id).state == TaskState.CANCELLED


def test_a_unique_task_is_not_sent_again_while_it_waits(system: System) -> None:
    refresh = system.actor(lambda page: page, actor_name="refresh", unique=True)

    first, same, other = refresh.send(1), refresh.send(1), refresh.send(2)
    system.start()
    system.settled(first, other)

    assert same.message_id == first.message_id
    assert Task.objects.filter(actor="refresh").count() == 2
    assert refresh.send(1).message_id != first.message_id


def test_no_more_tasks_run_at_a_time_than_the_actor_allows(system: System) -> None:
    lock = threading.Lock()
    now, most = 0, 0

    def narrow() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.05)
        with lock:
            now -= 1

    actor = system.actor(narrow, concurrency=2)
    messages = [actor.send() for _ in range(6)]
    system.start(threads=6)

    tasks = system.settled(*messages)

    assert most <= 2
    assert {task.attempts for task in tasks} == {1}


def test_a_rate_limit_spaces_the_starts(system: System) -> None:
    actor = system.actor(lambda: None, actor_name="paced", limit="4/s")
    messages = [actor.send() for _ in range(4)]
    before = timezone.now()
    system.start()

    system.settled(*messages)

    # Each start moves the next one on by a quarter of a second at least.
    assert Throttle.objects.filter(actor="paced", next_at__gte=before + timedelta(seconds=1)).exists()


def test_a_rate_limit_is_used_up_while_tasks_take_longer_than_its_pauses(system: System) -> None:
    together = threading.Barrier(3)
    # None of three ends before all have begun.
    actor = system.actor(lambda: together.wait(PATIENCE_SECONDS), actor_name="call", limit="10/s")
    messages = [actor.send() for _ in range(9)]
    system.start(threads=8)

    assert {task.state for task in system.settled(*messages)} == {TaskState.DONE}


@pytest.mark.parametrize("system", ["redis", "rabbitmq"], indirect=True)
@pytest.mark.parametrize(("limit", "longest"), [("10/s", 0.05), (None, 1.0)])
def test_the_relay_looks_often_while_tasks_may_be_put_back(
    system: System, limit: str | None, longest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framework.tasks.relay.monotonic", lambda: 1000.0)
    options = {"limit": limit} if limit else {}
    system.actor(lambda: None, actor_name="handed_over", **options).send()
    relay = system.relay
    assert relay is not None

    assert relay.poll() == pytest.approx(LOT_SECONDS)
    assert relay.poll() == longest
