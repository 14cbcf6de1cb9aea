"""Language and time zone of a user follow into every browser that logs in."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import alogin, get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils import timezone, translation
from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def enter(request: HttpRequest) -> HttpResponse:
    login(request, get_user_model().objects.get(), backend=BACKEND)
    return HttpResponse("in")


async def enter_async(request: HttpRequest) -> HttpResponse:
    await alogin(request, await get_user_model().objects.aget(), backend=BACKEND)
    return HttpResponse("in")


def told(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{translation.get_language()} {timezone.get_current_timezone_name()}")


urlpatterns = [path("enter", enter), path("enter-async", enter_async), path("told", told)]


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    middleware = [*settings.MIDDLEWARE]
    middleware.insert(
        middleware.index("django.middleware.common.CommonMiddleware"), "django.middleware.locale.LocaleMiddleware"
    )
    settings.MIDDLEWARE = middleware


def make(**fields: str) -> None:
    get_user_model().objects.create_user("ada@example.com", **fields)


def test_what_a_user_has_chosen_holds_in_every_browser_after_the_login(client: Client) -> None:
    make(language="de", time_zone="Asia/Tokyo")
    before = client.get("/told").content
    client.get("/enter")

    assert before == b"en UTC"
    assert client.get("/told").content == b"de Asia/Tokyo"
    assert client.cookies["timezone"]["httponly"]


async def test_it_does_on_an_event_loop_too(async_client: AsyncClient) -> None:
    await sync_to_async(make)(language="de", time_zone="Asia/Tokyo")
    await async_client.get("/enter-async")

    assert (await async_client.get("/told")).content == b"de Asia/Tokyo"


@pytest.mark.parametrize("fields", [{}, {"language": "xx", "time_zone": "Mars/Olympus"}])
def test_what_is_not_chosen_or_not_known_leaves_the_browser_alone(client: Client, fields: dict[str, str]) -> None:
    make(**fields)
    client.get("/enter")

    assert {"timezone", "django_language"}.isdisjoint(client.cookies)
    assert client.get("/told", headers={"Accept-Language": "de"}).content == b"de UTC"


@pytest.mark.parametrize("language", ["xx", "../..", "\udcff", "de;q=x", "," * 500, "x" * 600])
def test_a_language_that_makes_no_sense_is_ignored(client: Client, language: str) -> None:
    client.cookies["django_language"] = language.encode(errors="replace").decode()

    response: Any = client.get("/told", HTTP_ACCEPT_LANGUAGE=language)

    assert (response.status_code, response.content) == (200, b"en UTC")
