"""What a task can rely on, whatever carries it."""

import asyncio
import threading
from typing import Any

import dramatiq
import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from dramatiq.middleware import Middleware, SkipMessage, TimeLimitExceeded

from framework.tasks import TaskState, claim_message, current_task_id, raise_if_cancelled, report_progress
from framework.tasks.leases import leases
from framework.tasks.models import Task
from tests.contracts.conftest import System, end_session, until
from tests.patience import PATIENCE_SECONDS


def test_a_task_runs_and_its_result_can_be_fetched(system: System) -> None:
    double = system.actor(lambda number: number * 2, actor_name="double")
    system.start()

    message = double.send(21)

    assert message.get_result(block=True) == 42
    [task] = system.settled(message)
    assert (task.state, task.attempts) == (TaskState.DONE, 1)


def test_a_rolled_back_send_runs_nothing_and_a_committed_one_runs(system: System) -> None:
    ran: list[str] = []
    note = system.actor(ran.append, actor_name="note")
    system.start()

    with pytest.raises(RuntimeError, match="no"), transaction.atomic():
        note.send("ghost")
        raise RuntimeError("no")
    with transaction.atomic():
        kept = note.send("kept")
        assert not ran

    system.settled(kept)
    assert ran == ["kept"]


def test_an_actor_without_a_row_runs_after_the_commit_only(system: System) -> None:
    ran: list[str] = []
    note = system.actor(ran.append, actor_name="light", durable=False)
    system.start()

    with pytest.raises(RuntimeError, match="no"), transaction.atomic():
        note.send("ghost")
        raise RuntimeError("no")
    with transaction.atomic():
        note.send("in a transaction")
        assert not ran
    until(lambda: ran == ["in a transaction"])
    note.send("without one")

    until(lambda: ran == ["in a transaction", "without one"])


def test_a_failure_is_tried_again_and_keeps_its_errors(system: System) -> None:
    attempts: list[int] = []

    def flaky() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError("not yet")
        return "at last"

    message = system.actor(flaky, min_backoff=1, max_backoff=5).send()
    system.start()

    [task] = system.settled(message)

    assert (task.state, task.attempts, task.result) == (TaskState.DONE, 3, "at last")
    assert [error["message"] for error in task.errors] == ["not yet", "not yet"]


def test_the_last_failure_is_told_to_the_actor_named_for_it(system: System) -> None:
    told: list[Any] = []

    def tell(message_data: dict[str, Any], retry_info: dict[str, int]) -> None:
        told.append((message_data["actor_name"], retry_info))

    system.actor(tell)
    hopeless = system.actor(
        lambda: 1 / 0, actor_name="hopeless", max_retries=1, min_backoff=1, max_backoff=5, on_retry_exhausted="tell"
    )
    system.start()

    [task] = system.settled(hopeless.send())

    assert (task.state, task.attempts) == (TaskState.DEAD, 2)
    until(lambda: told == [("hopeless", {"retries": 1, "max_retries": 1})])


def test_a_delay_is_kept_and_delays_nobody_else(system: System) -> None:
    order: list[str] = []
    note = system.actor(order.append, actor_name="delayed_note")
    system.start()

    later = note.send_with_options(args=("later",), delay=400)
    sooner = note.send("sooner")

    system.settled(later, sooner)
    assert order == ["sooner", "later"]


def test_of_what_waits_the_lowest_priority_number_runs_first(system: System) -> None:
    order: list[str] = []
    low = system.actor(lambda: order.append("low"), actor_name="low", priority=100)
    high = system.actor(lambda: order.append("high"), actor_name="high", priority=0)
    messages = [*(low.send() for _ in range(30)), high.send()]
    system.start(threads=1)

    system.settled(*messages)

    assert order[0] == "high"


class _Skipping(Middleware):
    """Leaves out what it is told to, as a project's own middleware may."""

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        if message.actor_name == "unwanted":
            raise SkipMessage("not today")


def test_what_a_middleware_skips_is_done_and_completes_its_group(system: System) -> None:
    called: list[str] = []
    system.broker.add_middleware(_Skipping())
    unwanted = system.actor(lambda: called.append("unwanted"), actor_name="unwanted")
    last = system.actor(called.append, actor_name="last_of_group")
    system.start()

    together = dramatiq.group([unwanted.message(), unwanted.message()])
    together.add_completion_callback(last.message("complete"))
    together.run()

    system.settled(*together.children)
    until(lambda: called == ["complete"])


def test_what_is_delivered_twice_runs_once(system: System) -> None:
    ran: list[int] = []
    release = system.gate()

    def once() -> None:
        ran.append(1)
        assert release.wait(PATIENCE_SECONDS)

    message = system.actor(once).send()
    system.start()
    until(lambda: ran == [1])

    system.publish_again(message)
    system.publish_again(message)
    system.settled(system.actor(lambda: None, actor_name="last").send())
    # Nor may the doubles take the lease from the one that runs.
    assert message.message_id in leases().held()
    release.set()

    [task] = system.settled(message)
    assert (ran, task.attempts) == ([1], 1)


def test_the_writes_of_an_atomic_actor_go_with_its_failure(system: System) -> None:
    attempts: list[int] = []

    def grant() -> None:
        Group.objects.create(name=f"granted {len(attempts)}")
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("once more")

    message = system.actor(grant, atomic=True, min_backoff=1, max_backoff=5).send()
    system.start()

    system.settled(message)

    assert [group.name for group in Group.objects.all()] == ["granted 1"]


def test_a_connection_lost_at_the_end_of_a_task_harms_no_other(system: System) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs a database whose connections can be lost")

    def lose() -> None:
        Group.objects.create(name="lost")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        end_session(pid)

    def keep(number: int) -> None:
        Group.objects.create(name=f"kept {number}")

    lost = system.actor(lose, atomic=True).send()
    kept = system.actor(keep, atomic=True)
    system.start(threads=1)
    until(lambda: Task.objects.get(id=lost.message_id).attempts == 1)

    system.settled(*(kept.send(number) for number in range(3)))

    assert {group.name for group in Group.objects.all()} == {"kept 0", "kept 1", "kept 2"}


def test_a_transaction_that_a_task_left_open_harms_no_other(system: System) -> None:
    left: list[Any] = []

    def leave() -> None:
        left.append(transaction.atomic())
        left[0].__enter__()

    keep = system.actor(lambda: Group.objects.create(name="kept").pk, actor_name="keep")
    first = system.actor(leave).send()
    system.start(threads=1)
    until(lambda: bool(left))

    system.settled(first, keep.send())

    assert [group.name for group in Group.objects.all()] == ["kept"]


def test_a_claimed_message_is_taken_in_once(system: System) -> None:
    def take(message_id: str) -> bool:
        with transaction.atomic():
            return claim_message("shop", message_id)

    actor = system.actor(take)
    system.start()

    first, second = system.settled(actor.send("m-1"), actor.send("m-1"))

    assert {first.result, second.result} == {False, True}


def test_an_async_actor_runs(system: System) -> None:
    async def answer() -> str:
        # Waits for nothing: the event loop takes a turn, as with any await.
        await asyncio.sleep(0)
        return str(current_task_id())

    message = system.actor(answer).send()
    system.start()

    [task] = system.settled(message)

    assert task.result == message.message_id


def test_a_task_over_its_time_limit_fails(system: System) -> None:
    def spin() -> None:
        pause = threading.Event()
        while True:
            pause.wait(0.01)

    message = system.actor(spin, time_limit=200, max_retries=0, throws=(TimeLimitExceeded,)).send()
    system.start()

    [task] = system.settled(message)

    assert (task.state, task.errors[0]["type"]) == (
        TaskState.DEAD,
        "dramatiq.middleware.time_limit.TimeLimitExceeded",
    )


def test_progress_is_seen_while_the_task_runs_even_from_inside_a_transaction(system: System) -> None:
    seen = system.gate()

    def work() -> None:
        report_progress(3, 4, "three of four")
        assert seen.wait(PATIENCE_SECONDS)

    message = system.actor(work).send()
    system.start()

    until(lambda: Task.objects.get(id=message.message_id).progress == 0.75)
    assert Task.objects.get(id=message.message_id).progress_note == "three of four"
    seen.set()
    system.settled(message)


def test_a_running_task_that_is_cancelled_stops_where_it_looks(system: System) -> None:
    from framework.tasks import cancel

    begun = threading.Event()

    def endless() -> None:
        begun.set()
        pause = threading.Event()
        while True:
            raise_if_cancelled()
            pause.wait(0.01)

    message = system.actor(endless).send()
    system.start()
    assert begun.wait(PATIENCE_SECONDS)

    assert cancel([Task.objects.get(id=message.message_id).id]) == 1

    [task] = system.settled(message)
    assert task.state == TaskState.CANCELLED


def test_a_message_for_nobody_stops_nothing(system: System) -> None:
    gone = system.actor(lambda: None, actor_name="gone")
    lost = gone.send()
    del system.broker.actors["gone"]
    system.start()

    system.settled(system.actor(lambda: None, actor_name="next_one").send())

    task = Task.objects.get(id=lost.message_id)
    until(lambda: bool(Task.objects.get(id=lost.message_id).errors))
    assert (task.state, task.attempts) in {(TaskState.PENDING, 0), (TaskState.SENT, 0)}


def test_one_poisoned_task_does_not_hold_up_the_rest(system: System) -> None:
    poison = system.actor(lambda: 1 / 0, actor_name="poison", max_retries=0)
    fine = system.actor(lambda: "fine", actor_name="fine")
    system.start(threads=1)

    tasks = system.settled(poison.send(), *(fine.send() for _ in range(5)))

    assert [task.state for task in tasks] == [TaskState.DEAD, *[TaskState.DONE] * 5]


def test_messages_sent_together_run_each_once(system: System) -> None:
    ran: list[int] = []
    lock = threading.Lock()

    def count(number: int) -> None:
        with lock:
            ran.append(number)

    actor = system.actor(count)
    system.start()
    with transaction.atomic():
        messages: list[dramatiq.Message[Any]] = [actor.send(number) for number in range(300)]

    system.settled(*messages)

    assert sorted(ran) == list(range(300))
