"""``manage.py events dead | requeue | replay``: durable events that failed, and those that arrived."""

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from framework.signals import drain, emit, event, on
from framework.signals.events import replace_events
from framework.tasks import run_tasks
from framework.tasks.conf import LIMITS
from framework.tasks.models import Task
from framework.tasks.tasks import delete_ended_tasks

from . import shop
from .shop import Paid

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "tests.unit.signals.shop.Paid"
STORE = "tests.unit.signals.shop.store"


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("events", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """Return three deliveries that died since no event of their name was declared for too long."""
    monkeypatch.setattr("framework.tasks.parking.LIMITS", replace(LIMITS, unknown_actor=timedelta(seconds=-1)))
    on(Paid, durable=True)(shop.store)
    for order in (1, 2, 3):
        emit(Paid(order))
    replace_events(())
    return run_tasks()


def test_dead_deliveries_are_listed_with_their_error(dead: list[Task]) -> None:
    rows = json.loads(output("dead", "--json"))

    assert [row["id"] for row in rows] == [str(row.id) for row in reversed(dead)]
    assert {(row["event"], row["version"], row["receiver"], row["state"]) for row in rows} == {(NAME, 1, STORE, "dead")}
    assert rows[0]["error"].startswith("UnknownEventError: No event is called")
    assert len(json.loads(output("dead", "--json", "--limit", "2"))) == 2
    assert json.loads(output("dead", "--json", "--event", "Other")) == []
    assert str(dead[0].id)[:8] in output("dead")


def test_requeued_deliveries_arrive_once_the_event_is_back(dead: list[Task]) -> None:
    event(Paid)

    assert json.loads(output("requeue", str(dead[0].id)[:8], "--json")) == {"due_again": 1}
    assert output("requeue", "--event", "Paid") == "due again: 2\n"
    run_tasks()

    assert set(Group.objects.values_list("name", flat=True)) == {"paid 1", "paid 2", "paid 3"}
    assert json.loads(output("dead", "--json")) == []


def test_replay_runs_receivers_again_on_what_arrived() -> None:
    on(Paid, durable=True, queue="mail", max_retries=2)(shop.store)
    on(Paid, durable=True)(shop.notify)
    emit(Paid(1))
    run_tasks()
    Group.objects.all().delete()
    shop.seen.clear()

    assert output("replay", "Paid", "--receiver", STORE, "--no-input") == "replayed: 1\n"
    again = Task.objects.latest("serial")
    run_tasks()

    assert (again.queue, again.max_attempts) == ("mail", 3)
    assert Group.objects.get().name == "paid 1"
    assert shop.seen == []
    later = (timezone.now() + timedelta(minutes=1)).isoformat()
    assert json.loads(output("replay", "Paid", "--since", later, "--no-input", "--json")) == {"replayed": 0}


def test_drain_delivers_what_is_stored_and_counts_what_arrived() -> None:
    on(Paid, durable=True)(shop.store)
    on(Paid, durable=True)(shop.veto)
    emit(Paid(1))

    assert drain() == 1
    assert drain() == 0
    assert Group.objects.get().name == "paid 1"


def test_replay_asks_first() -> None:
    on(Paid, durable=True)(shop.notify)
    emit(Paid(1))
    drain()

    with pytest.raises(CommandError, match=r"Deliver 1 events once more\?.*--no-input"):
        output("replay", "Paid")


def test_a_dead_delivery_outlives_the_retention(dead: list[Task]) -> None:
    Task.objects.update(finished_at=timezone.now() - LIMITS.dead_retention - timedelta(days=1))

    delete_ended_tasks()

    assert Task.objects.filter(state="dead").count() == 3


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(CommandError, match="--limit 0 lists nothing"):
        output("dead", "--limit", "0")
