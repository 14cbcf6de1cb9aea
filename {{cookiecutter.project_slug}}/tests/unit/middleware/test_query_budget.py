"""Requests that run too many queries, or the same one for each row."""

from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from pytest_django import Settings

from framework.conf import Environment
from framework.features.snapshot import snapshot
from framework.middleware import QueryBudgetExceededError, query_budget, stack

pytestmark = pytest.mark.django_db(transaction=True)


def ask(times: int) -> HttpResponse:
    with connection.cursor() as cursor:
        for _ in range(times):
            cursor.execute("SELECT 1")
    return HttpResponse("asked")


def free(request: HttpRequest, times: int) -> HttpResponse:
    return ask(times)


@query_budget(2)
def small(request: HttpRequest, times: int) -> HttpResponse:
    return ask(times)


@query_budget(2)
async def small_async(request: HttpRequest) -> HttpResponse:
    for _ in range(3):
        await Permission.objects.acount()
    return HttpResponse("asked")


def loop(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(permission.content_type.model for permission in Permission.objects.all()))


urlpatterns = [
    path("free/<int:times>", free),
    path("small/<int:times>", small),
    path("small-async", small_async),
    path("loop", loop),
]


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def test_a_test_fails_beyond_the_budget_of_the_project(client: Client) -> None:
    budget = project.CONFIG.query_budget

    assert client.get(f"/free/{budget}").status_code == 200
    with pytest.raises(QueryBudgetExceededError, match=f"GET /free/{budget + 1} ran {budget + 1} queries, its budget"):
        client.get(f"/free/{budget + 1}")


def test_a_view_has_a_budget_of_its_own_and_the_message_names_what_was_repeated(client: Client) -> None:
    assert client.get("/small/2").status_code == 200
    with pytest.raises(QueryBudgetExceededError, match=r"its budget is 2\.\n3 times: SELECT 1"):
        client.get("/small/3")


def test_an_async_view_has_a_budget_too() -> None:
    with pytest.raises(QueryBudgetExceededError, match="GET /small-async ran 3 queries"):
        async_to_sync(AsyncClient().get)("/small-async")


def test_a_developer_is_told_in_the_log(client: Client, settings: Settings, lines: list[Any]) -> None:
    settings.CONFIG = replace(
        project.CONFIG, core=project.CONFIG.core.model_copy(update={"environment": Environment.DEVELOPMENT})
    )

    assert client.get("/small/3").status_code == 200
    [told] = [line for line in lines if line["event"] == "query_budget_exceeded"]
    assert (told["request"], told["queries"], told["budget"]) == ("GET /small/3", 3, 2)
    assert told["repeated"] == {"SELECT 1": 3}


def test_queries_in_a_loop_fail_a_test(client: Client) -> None:
    with pytest.raises(Exception, match=r"N\+1 detected on auth.Permission.content_type at .*test_query_budget.py"):
        client.get("/loop")


@pytest.mark.parametrize(
    ("environment", "budget", "installed"),
    [
        (Environment.DEVELOPMENT, None, True),
        (Environment.DEVELOPMENT, 0, False),
        (Environment.TEST, None, False),
        (Environment.TEST, 9, True),
        (Environment.PRODUCTION, 9, False),
    ],
)
def test_it_is_installed_for_developers_and_tests(
    environment: Environment, budget: int | None, installed: bool
) -> None:
    config = replace(
        project.CONFIG,
        core=project.CONFIG.core.model_copy(update={"environment": environment}),
        middleware=project.CONFIG.middleware.model_copy(
            update={"query_budget": budget, "n_plus_one": budget and bool(budget)}
        ),
    )

    whole = stack(config)

    assert [any(name in path for path in whole) for name in ("budget", "zeal")] == [installed, installed]


def test_the_lists_of_the_admin_run_no_query_for_each_row(client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = "config.urls"
    users = get_user_model().objects
    for number in range(5):
        users.create_user(f"user{number}@example.com")
    client.force_login(users.create_superuser("root@example.com"))

    assert client.get("/admin/accounts/user/").status_code == 200


def test_a_look_at_the_flags_is_not_among_the_queries_of_a_request(client: Client) -> None:
    snapshot.forget()

    client.get("/small/2")

    assert not snapshot.must_wait
