"""The timeline shows what was observed and nothing else."""

import pytest

from apps.orders.presentation import BAR_LENGTH, rows
from apps.orders.stages import STAGES
from apps.orders.summary import read_summary
from apps.orders.timeline import missing, observe
from framework.tasks import run_tasks

from .conftest import PlaceOrder

pytestmark = pytest.mark.django_db(transaction=True)


def test_before_the_worker_only_the_steps_of_the_request_are_there(place: PlaceOrder) -> None:
    order = place()

    seen = observe(order)

    assert [observation.stage.name for observation in seen] == ["request", "transaction", "event", "outbox"]
    assert missing(seen)[0].name == "message"


def test_a_completed_order_has_every_stage_in_order(place: PlaceOrder) -> None:
    order = place()
    run_tasks()
    read_summary()

    seen = observe(order)

    assert [observation.stage for observation in seen] == list(STAGES)
    assert [observation.at for observation in seen] == sorted(observation.at for observation in seen)
    assert all(observation.detail for observation in seen)


def test_two_orders_of_one_request_id_have_a_task_each(place: PlaceOrder) -> None:
    first, second = place("same"), place("same")

    tasks = {observation.detail for order in (first, second) for observation in observe(order)[3:4]}

    assert len(tasks) == 2


def test_bars_follow_one_another_and_end_where_the_last_step_is(place: PlaceOrder) -> None:
    order = place()
    run_tasks()
    read_summary()

    bars = rows(observe(order))

    assert len(bars) == len(STAGES)
    assert bars[-1].start + bars[-1].length == BAR_LENGTH
    assert all(bar.start + bar.length <= BAR_LENGTH + bar.length for bar in bars)
