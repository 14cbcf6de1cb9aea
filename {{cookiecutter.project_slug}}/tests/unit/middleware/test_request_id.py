"""An id for every request."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from framework.logs import current_context
from framework.middleware import RequestIDMiddleware

from .conftest import Serve

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def shown_context(request: HttpRequest) -> HttpResponse:
    return HttpResponse("; ".join(f"{name}={value}" for name, value in sorted(current_context().items())))


def test_a_request_without_an_id_gets_one(serve: Serve) -> None:
    first, second = (serve(RequestIDMiddleware, shown_context).headers["X-Request-ID"] for _ in range(2))

    assert len(first) == 32
    assert first != second


def test_a_valid_id_is_taken_over_and_echoed(serve: Serve) -> None:
    response = serve(RequestIDMiddleware, shown_context, headers={"X-Request-ID": "from-the-proxy:1"})

    assert response.headers["X-Request-ID"] == "from-the-proxy:1"
    assert isinstance(response, HttpResponse)
    assert response.content == b"request_id=from-the-proxy:1"


@pytest.mark.parametrize(
    "given", ["short", "x" * 129, "two words here", "line\nbreak-in-it", "<script>alert(1)", "é" * 9]
)
def test_an_id_that_could_hurt_a_log_or_a_header_is_replaced(serve: Serve, given: str) -> None:
    response = serve(RequestIDMiddleware, shown_context, headers={"X-Request-ID": given})

    assert response.headers["X-Request-ID"] != given
    assert len(response.headers["X-Request-ID"]) == 32


def test_a_trace_is_carried_on(serve: Serve) -> None:
    response = serve(
        RequestIDMiddleware,
        shown_context,
        headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "12345678"},
    )

    assert isinstance(response, HttpResponse)
    assert response.content.decode() == f"request_id=12345678; trace_id={TRACE}"


@pytest.mark.parametrize(
    "given",
    [
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        "nonsense",
    ],
)
def test_a_broken_trace_is_ignored(serve: Serve, given: str) -> None:
    response = serve(RequestIDMiddleware, shown_context, headers={"traceparent": given, "X-Request-ID": "12345678"})

    assert isinstance(response, HttpResponse)
    assert response.content == b"request_id=12345678"


def test_nothing_of_a_request_stays_in_the_context(serve: Serve) -> None:
    serve(RequestIDMiddleware, shown_context)

    assert "request_id" not in current_context()


def test_the_time_of_arrival_is_known(serve: Serve) -> None:
    def age(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str((timezone.now() - vars(request)["started_at"]).total_seconds()))

    response = serve(RequestIDMiddleware, age)

    assert isinstance(response, HttpResponse)
    assert 0 <= float(response.content) < 5
