"""Every line of a request, and of the task it caused, says where it comes from."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client
from pytest_django import Settings

from framework.tasks import run_tasks

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"X-Request-ID": "request-0007", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _pages(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.unit.middleware.urls"


def test_request_and_task_share_their_ids_and_the_user(client: Client, lines: list[Any]) -> None:
    user = get_user_model().objects.create_user("ada@example.com")
    client.force_login(user)

    client.get("/greeting", headers=HEADERS)
    [task] = run_tasks()

    found = {line["event"]: line for line in lines}
    assert {"asked", "request", "greeted"} <= found.keys()
    for event in ("asked", "request", "greeted"):
        assert (found[event]["request_id"], found[event]["trace_id"]) == ("request-0007", TRACE)
    assert found["greeted"]["task_id"] == str(task.id)
    # Nobody had asked for the user when the first line was written.
    assert "user_id" not in found["asked"]
    assert found["request"]["user_id"] == found["greeted"]["user_id"] == str(user.pk)


async def test_the_same_in_an_asynchronous_view(async_client: AsyncClient, lines: list[Any]) -> None:
    user = await sync_to_async(get_user_model().objects.create_user)("ada@example.com")
    await async_client.aforce_login(user)

    await async_client.get("/agreeting", headers=HEADERS)

    [line] = [line for line in lines if line["event"] == "request"]
    assert (line["request_id"], line["user_id"]) == ("request-0007", str(user.pk))


def test_a_visitor_without_an_account_is_nobody(client: Client, lines: list[Any]) -> None:
    client.get("/greeting", headers=HEADERS)
    run_tasks()

    assert [line for line in lines if "user_id" in line] == []
