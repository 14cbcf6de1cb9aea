"""The three functions a middleware is made of."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from framework.middleware import HookMiddleware

from .conftest import Serve

seen: list[str] = []


class Noted(HookMiddleware):
    """Writes down what is called."""

    def around(self, request: HttpRequest) -> AbstractContextManager[object]:
        """Note both ends."""
        return _noted()

    def enter(self, request: HttpRequest) -> HttpResponseBase | None:
        """Note, and answer one address early."""
        seen.append("enter")
        return HttpResponse("early") if request.path == "/early" else None

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Note."""
        seen.append("leave")
        return response


@contextmanager
def _noted() -> Iterator[None]:
    seen.append("opened")
    try:
        yield
    finally:
        seen.append("closed")


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


def view(request: HttpRequest) -> HttpResponse:
    seen.append("view")
    return HttpResponse("late")


def broken(request: HttpRequest) -> HttpResponse:
    raise LookupError


def test_what_is_around_a_request_holds_from_before_enter_until_after_leave(serve: Serve) -> None:
    serve(Noted, view)

    assert seen == ["opened", "enter", "view", "leave", "closed"]


def test_an_early_answer_keeps_the_view_from_being_asked(serve: Serve) -> None:
    response = serve(Noted, view, "/early")

    assert isinstance(response, HttpResponse)
    assert response.content == b"early"
    assert seen == ["opened", "enter", "leave", "closed"]


def test_what_is_around_a_request_ends_when_the_view_raises(serve: Serve) -> None:
    with pytest.raises(LookupError):
        serve(Noted, broken)

    assert seen == ["opened", "enter", "closed"]
