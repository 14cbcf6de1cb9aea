"""The operations page: real numbers, for those who may see them."""

import dramatiq
import pytest
from django.db.models.functions import Now
from django.test import Client

from framework.console.operations import overview
from framework.registry import list_components
from framework.tasks.models import Task

from .conftest import LogIn

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/operations/"


def test_strangers_are_sent_to_the_login(client: Client) -> None:
    answer = client.get(PAGE)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={PAGE}")


def test_staff_without_the_permission_are_refused(log_in: LogIn) -> None:
    assert log_in().get(PAGE).status_code == 403


def test_the_numbers_are_those_of_the_tables(log_in: LogIn, broker: dramatiq.Broker) -> None:
    @dramatiq.actor(actor_name="count_me", queue_name="counted", broker=broker)
    def count_me() -> None:
        """Do nothing."""

    for _ in range(3):
        count_me.send()
    Task.objects.filter(pk=Task.objects.earliest("pk").pk).update(state="dead", finished_at=Now())

    numbers = overview()
    page = log_in("tasks.view_task").get(PAGE).content.decode()

    assert {label: count for label, count, _ in numbers["states"]}["Pending"] == "2"
    assert ["counted", "2", "0", "0", "0", "1", "0"] in numbers["queues"]["rows"]
    assert numbers["oldest_pending_seconds"] >= 0
    assert numbers["components"] == len(list_components())
    assert "counted" in page
    assert "AccessLogMiddleware" in page
    assert "The oldest task that is due waits" in page


def test_the_sidebar_leads_there_for_those_who_may(log_in: LogIn) -> None:
    assert PAGE in log_in("tasks.view_task").get("/admin/").content.decode()


def test_the_sidebar_is_silent_for_others(log_in: LogIn) -> None:
    assert PAGE not in log_in().get("/admin/").content.decode()
