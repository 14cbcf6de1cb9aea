"""Flags in views, templates and the middleware."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client

from framework.features import Flag, overridden_flag
from framework.features.models import FlagSwitch
from framework.features.rules import bucket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _addresses(settings: Any, flag: Flag) -> None:
    settings.ROOT_URLCONF = "tests.unit.features.urls"


@pytest.mark.parametrize("address", ["/guarded", "/guarded-async"])
def test_a_page_behind_a_flag_is_not_there_while_it_is_off(client: Client, flag: Flag, address: str) -> None:
    assert client.get(address).status_code == 404
    with overridden_flag(flag, active=True):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/guarded", "/guarded-async", "/asking"])
def test_a_share_of_users_is_asked_under_asgi(async_client: AsyncClient, flag: Flag, address: str) -> None:
    user = get_user_model().objects.create(email="ada@example.com")
    async_client.force_login(user)
    FlagSwitch.objects.create(name=flag.name, percentage=bucket(flag.name, f"user:{user.pk}") + 1)

    # async_to_sync keeps what asks the database in this thread, whose connection is closed after the test.
    answer = async_to_sync(async_client.get)(address)

    assert answer.content == b"new"
    assert "visitor" not in async_client.cookies


def test_a_template_asks(client: Client, flag: Flag) -> None:
    before = client.get("/templated").content
    with overridden_flag(flag, active=True):
        assert (before, client.get("/templated").content) == (b"old", b"new")


def test_a_visitor_keeps_the_answer_that_was_given_first(client: Client, flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=50)

    answers = {client.get("/templated").content for _ in range(8)}

    assert len(answers) == 1
    cookie = client.cookies["visitor"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_visitors_differ(flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=50)

    assert {Client().get("/templated").content for _ in range(64)} == {b"old", b"new"}


@pytest.mark.parametrize("percentage", [0, 100])
def test_no_cookie_is_set_while_it_makes_no_difference(client: Client, flag: Flag, percentage: int) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=percentage)

    response = client.get("/templated")

    assert "visitor" not in client.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_a_cookie_of_another_form_is_replaced(client: Client, flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=50)
    client.cookies["visitor"] = "<script>"

    client.get("/templated")

    assert len(client.cookies["visitor"].value) == 32
