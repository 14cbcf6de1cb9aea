"""Schedules that cannot be meant so."""

import dramatiq
import pytest

from framework.tasks import UnknownScheduleError, cron, every, scheduling

pytestmark = pytest.mark.usefixtures("broker")


@pytest.fixture(autouse=True)
def no_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "_plans", {})


def test_a_schedule_below_the_actor_is_told_where_it_belongs() -> None:
    with pytest.raises(UnknownScheduleError, match=r"<lambda> is no actor yet; write the schedule .* above"):
        dramatiq.actor(every(minutes=5)(lambda: None))  # type: ignore[arg-type]  # the mistake


def test_an_expression_longer_than_its_column_is_told_where_it_is_declared() -> None:
    minutes = ",".join(str(minute) for minute in range(60))

    with pytest.raises(UnknownScheduleError, match="characters, 100 are possible; give the actor several schedules"):
        cron(f"{minutes} * * * *")


def test_an_actor_that_needs_arguments_cannot_run_by_the_clock() -> None:
    wanting = dramatiq.actor(actor_name="wanting")(lambda order, copies=1: None)

    with pytest.raises(UnknownScheduleError, match="missing a required argument: 'order'"):
        every(minutes=5)(wanting)
    assert not scheduling.plans()
