"""What browsers send when the content security policy stopped something."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from structlog.testing import capture_logs

from framework.ratelimit.limiter import Limiter, configured

OLD = {
    "csp-report": {
        "document-uri": "https://shop.example/checkout?card=4111#end",
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/steal.js?token=1",
        "source-file": "https://shop.example/app.js",
        "line-number": 12,
        "disposition": "enforce",
    }
}
NEW = [
    {
        "type": "csp-violation",
        "body": {
            "documentURL": "https://shop.example/checkout?card=4111",
            "effectiveDirective": "script-src-elem",
            "blockedURL": "inline",
            "lineNumber": 3,
        },
    },
    {"type": "deprecation", "body": {"id": "x"}},
]


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configured, "limiter", Limiter("", prefix="", processes=1))


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """Return what is logged."""
    with capture_logs() as found:
        yield found


def send(client: Client, content: Any, kind: str = "application/csp-report") -> int:
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    return client.post("/csp-reports", body, content_type=kind).status_code


def violations(lines: list[Any]) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == "csp_violation"]


def test_a_report_is_logged_without_queries(client: Client, lines: list[Any]) -> None:
    assert send(client, OLD) == 204

    (line,) = violations(lines)
    assert line["log_level"] == "warning"
    assert line["document"] == "https://shop.example/checkout"
    assert line["blocked"] == "https://evil.example/steal.js"
    assert (line["directive"], line["line"]) == ("script-src-elem", 12)
    assert "4111" not in str(lines)


def test_the_reporting_api_is_understood(client: Client, lines: list[Any]) -> None:
    assert send(client, NEW, "application/reports+json") == 204

    (line,) = violations(lines)
    assert (line["blocked"], line["line"]) == ("inline", 3)


@pytest.mark.parametrize(
    "junk", ["", "null", "[]", "7", '{"csp-report": 7}', '{"csp-report": {}}', b"\xff\x00", "[" * 10_000]
)
def test_what_is_no_report_is_refused_and_not_logged(client: Client, lines: list[Any], junk: bytes | str) -> None:
    assert send(client, junk) == 400
    assert violations(lines) == []


def test_what_is_too_big_is_refused(client: Client, lines: list[Any]) -> None:
    assert send(client, {"csp-report": {"blocked-uri": "x" * 20_000}}) == 413
    assert violations(lines) == []


def test_a_long_value_and_a_long_list_are_cut(client: Client, lines: list[Any]) -> None:
    send(client, [{"type": "csp-violation", "body": {"blockedURL": "y" * 900}}] * 15)

    assert [len(line["blocked"]) for line in violations(lines)] == [300] * 10


def test_somebody_who_sends_too_many_is_told_to_wait(client: Client, lines: list[Any]) -> None:
    began = time.monotonic()
    statuses = [send(client, OLD)]
    while statuses[-1] != 429:
        statuses.append(send(client, OLD))

    # One more comes back each second.
    assert 60 <= statuses.count(204) <= 60 + (time.monotonic() - began)
    assert len(violations(lines)) == statuses.count(204)


def test_the_policy_names_the_address(client: Client) -> None:
    assert "report-uri /csp-reports" in client.get("/nowhere").headers["Content-Security-Policy"]
    assert project.SECURE_CSP["report-uri"] == ["/csp-reports"]


def test_only_reports_are_taken(client: Client) -> None:
    assert client.get("/csp-reports").status_code == 405
