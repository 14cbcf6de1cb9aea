"""Whose address a request comes from, whatever it says of itself."""

from dataclasses import replace

import pytest
from django.http import HttpRequest, HttpResponse
from pytest_django import Settings

from framework.middleware import ClientIPMiddleware
from framework.middleware.client_ip import client_ip

from .conftest import Serve

PROXIES = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("203.0.113.9", "", (), "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", (), "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4,203.0.113.9 , 10.0.0.2", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "10.9.9.9, 203.0.113.9", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", PROXIES, "10.0.0.3"),
        ("10.0.0.1", "203.0.113.9:4711", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::7]:4711", PROXIES, "2001:db8::7"),
        ("10.0.0.1", "2001:db8::7", PROXIES, "2001:db8::7"),
        ("fd00::1", "2001:db8::7", PROXIES, "2001:db8::7"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.9", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, unknown", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, ", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "' OR 1=1 --", PROXIES, "10.0.0.1"),
        ("", "1.2.3.4", PROXIES, ""),
        ("unix:", "1.2.3.4", PROXIES, ""),
    ],
)
def test_the_header_is_believed_as_far_as_its_writers_are_trusted(
    peer: str, forwarded: str, trusted: tuple[str, ...], address: str
) -> None:
    assert client_ip(peer, forwarded, trusted) == address


CLIENT = "203.0.113.9"
FORGED = [
    {"X-Forwarded-For": "1.2.3.4"},
    {"X-Forwarded-For": "1.2.3.4, 5.6.7.8, 9.10.11.12"},
    {"X-Forwarded-For": "10.0.0.1"},
    {"X-Forwarded-For": "10.0.0.1, 10.0.0.2"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-For": "::1"},
    {"X-Forwarded-For": "1.2.3.4:80"},
    {"X-Forwarded-For": "[2001:db8::1]"},
    {"X-Forwarded-For": "[2001:db8::1]:443"},
    {"X-Forwarded-For": "::ffff:1.2.3.4"},
    {"X-Forwarded-For": "::ffff:10.0.0.1"},
    {"X-Forwarded-For": "unknown"},
    {"X-Forwarded-For": ","},
    {"X-Forwarded-For": "\x00\x1b[31m, '; DROP TABLE"},
    {"X-Forwarded-For": "1.2.3.4," * 500},
    {"X-Forwarded-For": "999.999.999.999, 1.2.3"},
    {"X-Real-IP": "1.2.3.4"},
    {"CF-Connecting-IP": "1.2.3.4", "True-Client-IP": "1.2.3.4"},
    {"Forwarded": "for=1.2.3.4;proto=https", "X-Client-IP": "1.2.3.4"},
    {"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "5.6.7.8", "X-Cluster-Client-IP": "9.9.9.9"},
]


@pytest.mark.parametrize("proxies", [0, 1, 2])
@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_what_a_client_forges_is_not_believed_behind_any_number_of_proxies(
    serve: Serve, settings: Settings, forged: dict[str, str], proxies: int
) -> None:
    security = settings.CONFIG.security.model_copy(update={"trusted_proxies": PROXIES if proxies else ()})
    settings.CONFIG = replace(settings.CONFIG, security=security)
    # Each proxy appends the address that it was called from.
    peers = [CLIENT, "10.0.0.1", "10.0.0.2"]
    appended = [*filter(None, [forged.get("X-Forwarded-For", "")]), *peers[:proxies]]
    headers = forged | ({"X-Forwarded-For": ", ".join(appended)} if appended else {})

    response = serve(ClientIPMiddleware, shown, REMOTE_ADDR=peers[proxies], headers=headers)

    assert isinstance(response, HttpResponse)
    assert response.content.decode() == CLIENT


def shown(request: HttpRequest) -> HttpResponse:
    return HttpResponse(vars(request)["client_ip"])


def test_nobody_is_trusted_by_default(serve: Serve) -> None:
    headers = {"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "1.2.3.4", "CF-Connecting-IP": "1.2.3.4"}
    response = serve(ClientIPMiddleware, shown, REMOTE_ADDR="127.0.0.1", headers=headers)

    assert isinstance(response, HttpResponse)
    assert response.content == b"127.0.0.1"
