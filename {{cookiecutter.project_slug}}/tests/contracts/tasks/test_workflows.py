"""Chains, groups and callbacks, whatever carries them."""

import threading
from typing import Any

from dramatiq import group, pipeline

from framework.tasks import TaskState, cancel
from framework.tasks.models import Task, Workflow
from tests.contracts.conftest import System, until
from tests.patience import PATIENCE_SECONDS


def test_a_chain_hands_each_result_to_the_next(system: System) -> None:
    add = system.actor(lambda left, right: left + right, actor_name="add")
    system.start()

    chain = pipeline([add.message(1, 2), add.message(3), add.message(4)]).run()

    assert chain.get_result(block=True, timeout=300_000) == 10


def test_a_callback_runs_once_when_all_children_have_ended(system: System) -> None:
    called: list[str] = []
    child = system.actor(lambda number: number, actor_name="child")
    finished = system.actor(called.append, actor_name="finished")
    system.start()

    together = group([child.message(number) for number in range(8)])
    together.add_completion_callback(finished.message("done"))
    together.run()

    until(lambda: called == ["done"])
    assert Workflow.objects.get().completed_at is not None


def test_a_child_that_is_delivered_twice_does_not_complete_its_group_early(system: System) -> None:
    called: list[str] = []
    gate, began = system.gate(), threading.Event()

    def slow() -> None:
        began.set()
        assert gate.wait(PATIENCE_SECONDS)

    quick, waiting = system.actor(lambda: None, actor_name="quick"), system.actor(slow)
    finished = system.actor(called.append, actor_name="finished_twice")
    system.start()
    together = group([quick.message(), waiting.message()])
    together.add_completion_callback(finished.message("done"))
    together.run()
    assert began.wait(PATIENCE_SECONDS)
    until(lambda: Task.objects.get(actor="quick").state == TaskState.DONE)

    system.publish_again(together.children[0])
    system.publish_again(together.children[0])
    system.settled(system.actor(lambda: None, actor_name="marker").send())
    assert called == []
    gate.set()

    until(lambda: called == ["done"])
    system.settled(system.actor(lambda: None, actor_name="marker_two").send())
    assert called == ["done"]


def test_callbacks_run_for_the_outcome_they_are_meant_for(system: System) -> None:
    called: list[str] = []
    fine = system.actor(lambda: None, actor_name="fine_child")
    failing = system.actor(lambda: 1 / 0, actor_name="failing_child", max_retries=0)
    finished = system.actor(called.append, actor_name="outcome")
    system.start()

    together = group([fine.message(), failing.message()])
    for when in ("always", "success", "failure"):
        together.add_completion_callback(finished.message_with_options(args=(when,), run_when=when))
    together.run()

    until(lambda: len(called) == 2)
    assert sorted(called) == ["always", "failure"]


def test_a_group_of_chains_ends_although_one_chain_breaks(system: System) -> None:
    called: list[str] = []
    step = system.actor(lambda number: number + 1, actor_name="step")

    def broken(number: int) -> int:
        raise ValueError(number)

    breaking = system.actor(broken, max_retries=0)
    finished = system.actor(called.append, actor_name="chains_ended")
    system.start()

    together = group(
        [pipeline([step.message(1), step.message()]), pipeline([step.message(1), breaking.message(), step.message()])]
    )
    together.add_completion_callback(finished.message("ended"))
    together.run()

    until(lambda: called == ["ended"])
    assert Task.objects.filter(actor="step").count() == 3


def test_cancelling_the_last_child_ends_the_group(system: System) -> None:
    called: list[str] = []
    child = system.actor(lambda: None, actor_name="cancelled_child")
    finished = system.actor(called.append, actor_name="cancel_ended")
    together = group([child.message_with_options(delay=None)])
    together.add_completion_callback(finished.message("ended"))
    together.run()

    cancel([Task.objects.get(actor="cancelled_child").id])
    system.start()

    until(lambda: called == ["ended"])


def test_callbacks_of_an_actor_are_told_of_its_end(system: System) -> None:
    told: list[Any] = []
    system.actor(lambda data, result: told.append(("success", result)), actor_name="tell_success")
    system.actor(lambda data, error: told.append(("failure", error["type"])), actor_name="tell_failure")
    good = system.actor(lambda: 7, actor_name="good", on_success="tell_success")
    bad = system.actor(lambda: 1 / 0, actor_name="bad", on_failure="tell_failure", max_retries=0)
    system.start()

    system.settled(good.send(), bad.send())

    until(lambda: len(told) == 2)
    assert sorted(told) == [("failure", "ZeroDivisionError"), ("success", 7)]
