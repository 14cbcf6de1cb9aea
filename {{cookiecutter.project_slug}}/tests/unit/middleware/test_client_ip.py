"""Whose address a request comes from, whatever it says of itself."""

import pytest
from django.http import HttpRequest, HttpResponse

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


def test_nobody_is_trusted_by_default(serve: Serve) -> None:
    def shown(request: HttpRequest) -> HttpResponse:
        return HttpResponse(vars(request)["client_ip"])

    headers = {"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "1.2.3.4", "CF-Connecting-IP": "1.2.3.4"}
    response = serve(ClientIPMiddleware, shown, REMOTE_ADDR="127.0.0.1", headers=headers)

    assert isinstance(response, HttpResponse)
    assert response.content == b"127.0.0.1"
