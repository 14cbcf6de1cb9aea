"""Whatever a client sends, nothing answers 500 and no line of the log can be forged."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as project
from django.test import AsyncClient, Client, override_settings
from hypothesis import given, settings, strategies as st

from framework.middleware import stack
from framework.middleware.direct import DIRECT

REQUESTS: Final = 400

#: What has a meaning to some middleware, and what tends to break those who read it.
names = st.sampled_from(
    [
        "X-Request-ID",
        "traceparent",
        "tracestate",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Real-IP",
        "CF-Connecting-IP",
        "X-Timezone",
        "Accept-Language",
        "Accept-Encoding",
        "Cookie",
        "Host",
        "Origin",
        "Referer",
        "Content-Type",
        "Content-Length",
        "Authorization",
        "If-None-Match",
        "If-Modified-Since",
        "Range",
        "User-Agent",
        "X-HTTP-Method-Override",
        "Idempotency-Key",
    ]
)
nasty = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "a" * 5_000,
        "\r\nX-Evil: 1",
        '\n{"event": "forged"}',
        "\x00",
        "\x1b[31mred",
        "\u202e",
        "\udcff",
        "../../etc/passwd",
        "' OR 1=1 --",
        "[::1",
        "::ffff:1.2.3.4",
        "1.2.3.4:99999",
        "unknown",
        ",,,",
        "%00%ff",
        "\U0001f98a" * 50,
        "00-" + "f" * 32 + "-" + "0" * 16 + "-01",
        "sessionid=\x00; visitor=x; timezone=/",
        "bytes=0-",
        'W/""',
        "localhost",
    ]
)
values = nasty | st.text(max_size=80)
paths = st.sampled_from(["/plain", "/quick", "/stream", "/livez", "/nothing", "/static/x"])
methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"])


@pytest.fixture
def whole_stack() -> Any:
    """Switch everything on, behind one proxy."""
    config = project.CONFIG
    ratelimit = config.ratelimit.model_copy(update={"all": "1000000/s"})
    security = config.security.model_copy(update={"trusted_proxies": ("127.0.0.0/8",)})
    middleware = config.middleware.model_copy(update={"locale": True})
    config = replace(config, ratelimit=ratelimit, security=security, middleware=middleware)
    # As it is served.
    served = [DIRECT.get(path, path) for path in stack(config)]
    with override_settings(CONFIG=config, MIDDLEWARE=served, ROOT_URLCONF="tests.unit.middleware.urls"):
        yield


def ask_threads(*arguments: Any, **options: Any) -> Any:
    return Client(raise_request_exception=False).generic(*arguments, **options)


@async_to_sync
async def ask_event_loop(*arguments: Any, **options: Any) -> Any:
    return await AsyncClient(raise_request_exception=False).generic(*arguments, **options)


@pytest.mark.any_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [ask_threads, ask_event_loop], ids=["threads", "event-loop"])
def test_hostile_requests_break_nothing(whole_stack: None, lines: list[Any], ask: Callable[..., Any]) -> None:
    @settings(max_examples=REQUESTS, database=None)
    @given(paths, methods, st.dictionaries(names, values, max_size=5), st.binary(max_size=60), values)
    def send(path: str, method: str, headers: dict[str, str], body: bytes, query: str) -> None:
        lines.clear()
        wire = {name: value.encode("utf-8", "surrogateescape").decode("latin-1") for name, value in headers.items()}
        response = ask(method, path, body, headers=wire, query_params={"q": query.encode("utf-8", "replace")})

        assert response.status_code < 500, (path, method, wire)
        assert "X-Evil" not in response.headers
        assert all("\n" not in str(value) for value in response.headers.values())
        for line in lines:
            assert line["event"] != "forged"
            assert "\n" not in json.dumps(line, default=str)

    send()
