"""Whatever a client sends, nothing answers 500 and no line of the log can be forged."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest
from django.conf import settings as project
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings, strategies as st

from framework.middleware import stack

REQUESTS: Final = 1_500

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
    config = replace(config, ratelimit=ratelimit, security=security)
    with override_settings(CONFIG=config, MIDDLEWARE=stack(config), ROOT_URLCONF="tests.unit.middleware.urls"):
        yield


@pytest.mark.django_db
def test_hostile_requests_break_nothing(whole_stack: None, lines: list[Any]) -> None:
    client = Client(raise_request_exception=False)

    @settings(
        max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=False
    )
    @given(paths, methods, st.dictionaries(names, values, max_size=5), st.binary(max_size=60), values)
    def send(path: str, method: str, headers: dict[str, str], body: bytes, query: str) -> None:
        lines.clear()
        wire = {name: value.encode("utf-8", "surrogateescape").decode("latin-1") for name, value in headers.items()}
        response = client.generic(
            method, path, body, headers=wire, query_params={"q": query.encode("utf-8", "replace")}
        )

        assert response.status_code < 500, (path, method, wire)
        assert "X-Evil" not in response.headers
        assert all("\n" not in str(value) for value in response.headers.values())
        for line in lines:
            assert line["event"] != "forged"
            assert "\n" not in json.dumps(line, default=str)

    send()
