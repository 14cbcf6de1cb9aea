"""The visitor's time zone."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given, settings, strategies as st

from framework.middleware import TimezoneMiddleware

from .conftest import Serve


def zone(request: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.get_current_timezone_name())


def ask(serve: Serve, header: str = "", cookie: str = "") -> str:
    request = RequestFactory().get("/", headers={"X-Timezone": header} if header else {})
    request.COOKIES.update({"timezone": cookie} if cookie else {})
    response = serve(TimezoneMiddleware, zone, request=request)
    assert isinstance(response, HttpResponse)
    return response.content.decode()


def test_the_header_decides_and_then_the_cookie(serve: Serve) -> None:
    assert ask(serve, header="Asia/Tokyo", cookie="Europe/Berlin") == "Asia/Tokyo"
    assert ask(serve, cookie="Europe/Berlin") == "Europe/Berlin"
    assert ask(serve) == "UTC"


def test_it_ends_with_the_request(serve: Serve) -> None:
    ask(serve, header="Asia/Tokyo")

    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Olympus",
        "../../etc/passwd",
        "/etc/localtime",
        "America",
        "europe/berlin ",
        "UTC+2",
        "\x00",
        "x" * 10_000,
        ".",
    ],
)
def test_what_is_no_zone_is_ignored(serve: Serve, name: str) -> None:
    assert ask(serve, header=name) == "UTC"
    assert ask(serve, cookie=name) == "UTC"


@settings(max_examples=200)
@given(name=st.text())
def test_nothing_that_is_sent_fails(serve: Serve, name: str) -> None:
    assert ask(serve, cookie=name)
