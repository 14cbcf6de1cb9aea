"""``message.get_result()`` reads the task's row."""

import dramatiq
import pytest
from dramatiq.results import ResultFailure, ResultMissing, ResultTimeout

from framework.tasks import run_tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


def test_the_return_value_of_an_actor_can_be_fetched() -> None:
    @dramatiq.actor(actor_name="add", queue_name="results")
    def add(left: int, right: int) -> int:
        return left + right

    message = add.send(20, 22)
    with pytest.raises(ResultMissing):
        message.get_result()
    run_tasks()

    assert message.get_result() == 42


def test_a_result_that_json_cannot_hold_does_not_undo_the_work() -> None:
    @dramatiq.actor(actor_name="odd", queue_name="results")
    def odd() -> object:
        return object()

    odd.send()
    [task] = run_tasks()

    assert (task.state, task.result) == ("done", None)


def test_waiting_for_a_result_ends_in_time() -> None:
    @dramatiq.actor(actor_name="never", queue_name="results")
    def never() -> None:
        """Never runs."""

    with pytest.raises(ResultTimeout):
        never.send().get_result(block=True, timeout=50)


def test_the_failure_of_a_dead_task_is_told() -> None:
    @dramatiq.actor(actor_name="fail", queue_name="results", max_retries=0)
    def fail() -> None:
        raise ValueError("no luck")

    message = fail.send()
    run_tasks()

    with pytest.raises(ResultFailure, match="no luck"):
        message.get_result()
