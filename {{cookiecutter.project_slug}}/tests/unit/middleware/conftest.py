"""A handler over one view, under WSGI and under ASGI."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from structlog.testing import LogCapture

from framework.logs.context import add_user

type View = Callable[[HttpRequest], HttpResponseBase]
type Serve = Callable[..., HttpResponseBase]


@pytest.fixture(params=["sync", "async"])
def serve(request: pytest.FixtureRequest) -> Serve:
    """Return a function that sends one request through one middleware, in either mode."""

    def run(middleware: Callable[[Any], Any], view: View, path: str = "/", **options: Any) -> HttpResponseBase:
        sent = options.pop("request", None) or RequestFactory().get(path, **options)
        if request.param == "sync":
            response: HttpResponseBase = middleware(view)(sent)
            return response

        async def async_view(sent: HttpRequest) -> HttpResponseBase:
            return view(sent)

        handler = middleware(async_view)
        assert inspect.iscoroutinefunction(handler)

        async def call() -> HttpResponseBase:
            answer: HttpResponseBase = await handler(sent)
            return answer

        return async_to_sync(call)()

    return run


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """Return what is logged, with the context of each line."""
    capture = LogCapture()
    before = structlog.get_config()["processors"]
    # Loggers that were used before keep the list, so it is changed in place.
    kept = before[:]
    before[:] = [structlog.contextvars.merge_contextvars, add_user, capture]
    yield capture.entries
    before[:] = kept
