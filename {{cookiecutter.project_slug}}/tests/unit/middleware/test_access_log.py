"""One line for each request, at its very end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory

from framework.middleware import AccessLogMiddleware, RequestIDMiddleware

from .conftest import Serve


def ask(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SELECT 2")
    return HttpResponse("asked", status=202)


@pytest.mark.django_db
def test_a_request_leaves_one_line(lines: list[Any]) -> None:
    AccessLogMiddleware(ask)(RequestFactory().post("/orders/?token=abc"))

    (line,) = lines
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "POST", "/orders/", 202)
    assert line["queries"] == 2
    assert line["ms"] >= 0


def test_the_line_is_about_the_identified_request(serve: Serve, lines: list[Any]) -> None:
    def stack(view: Any) -> Any:
        return RequestIDMiddleware(AccessLogMiddleware(view))

    serve(stack, lambda request: HttpResponse(), headers={"X-Request-ID": "12345678"})

    assert lines[0]["request_id"] == "12345678"


@pytest.mark.django_db
def test_a_stream_is_logged_when_it_ended_with_all_its_queries(lines: list[Any]) -> None:
    def parts() -> Iterator[bytes]:
        ask(RequestFactory().get("/"))
        yield b"one"
        yield b"two"

    response = AccessLogMiddleware(lambda request: StreamingHttpResponse(parts()))(RequestFactory().get("/"))
    before = list(lines)
    body = b"".join(cast("StreamingHttpResponse", response))

    assert before == []
    assert body == b"onetwo"
    assert [(line["status"], line["queries"]) for line in lines] == [(200, 2)]


@pytest.mark.django_db  # the end of a request looks after connections
def test_a_reader_who_leaves_a_stream_is_logged_as_such(lines: list[Any]) -> None:
    response = AccessLogMiddleware(lambda request: StreamingHttpResponse([b"one", b"two"]))(RequestFactory().get("/"))
    stream = iter(cast("StreamingHttpResponse", response))
    next(stream)
    cast("StreamingHttpResponse", response).close()

    assert [line["status"] for line in lines] == [499]


@pytest.mark.django_db  # the end of a request looks after connections
def test_a_reader_who_has_all_that_was_promised_may_leave(lines: list[Any]) -> None:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse([b"one"], headers={"Content-Length": "3"})

    response = cast("StreamingHttpResponse", AccessLogMiddleware(view)(RequestFactory().get("/")))
    next(iter(response))
    response.close()

    assert [line["status"] for line in lines] == [200]


async def test_an_async_stream_is_logged_when_it_ended(lines: list[Any]) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(parts())

    response = await cast("Any", AccessLogMiddleware(view)(AsyncRequestFactory().get("/")))
    before = list(lines)

    assert [part async for part in response] == [b"one", b"two"]
    assert before == []
    assert [line["status"] for line in lines] == [200]


async def test_a_client_who_leaves_while_the_view_works_is_logged(lines: list[Any]) -> None:
    working = asyncio.Event()

    async def view(request: HttpRequest) -> HttpResponse:
        working.set()
        await asyncio.Event().wait()
        return HttpResponse()

    serving = asyncio.create_task(cast("Any", AccessLogMiddleware(view)(AsyncRequestFactory().get("/"))))
    await working.wait()
    serving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await serving
    assert [line["status"] for line in lines] == [499]


def test_a_view_that_fails_is_logged_as_500(client: Client, lines: list[Any], settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.unit.middleware.urls"
    client.raise_request_exception = False

    client.get("/fails")

    assert [line["status"] for line in lines if line.get("event") == "request"] == [500]


async def test_a_view_that_fails_is_logged_as_500_under_asgi(
    async_client: AsyncClient, lines: list[Any], settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.unit.middleware.urls"
    async_client.raise_request_exception = False

    await async_client.get("/fails")

    assert [line["status"] for line in lines if line.get("event") == "request"] == [500]


def test_probes_leave_no_line_on_an_ordinary_day(client: Client, lines: list[Any]) -> None:
    client.get("/livez")

    assert [line for line in lines if line["log_level"] != "debug"] == []
