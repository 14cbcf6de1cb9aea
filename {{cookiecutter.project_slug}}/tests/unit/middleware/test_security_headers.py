"""Permissions-Policy, Cross-Origin-Resource-Policy, and pages with a nonce."""

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.template import RequestContext, Template
from django.test import Client
from pytest_django import Settings

from framework.middleware import SecurityHeadersMiddleware
from framework.middleware.security_headers import permissions_policy

from .conftest import Serve

NONCE = Template("{" + "{ csp_nonce }" + "}")


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({}, ""),
        ({"camera": []}, "camera=()"),
        ({"geolocation": ["self", "https://maps.example"]}, 'geolocation=(self "https://maps.example")'),
        ({"usb": [], "fullscreen": ["*"]}, "usb=(), fullscreen=(*)"),
    ],
)
def test_the_policy_is_written_as_browsers_read_it(features: dict[str, list[str]], expected: str) -> None:
    assert permissions_policy(features) == expected


def test_every_response_carries_them(serve: Serve, settings: Settings) -> None:
    settings.PERMISSIONS_POLICY = {"camera": []}
    settings.CROSS_ORIGIN_RESOURCE_POLICY = "same-site"

    response = serve(SecurityHeadersMiddleware, lambda request: StreamingHttpResponse([b"x"]))

    assert response.headers["Permissions-Policy"] == "camera=()"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-site"
    assert "Cache-Control" not in response.headers


def test_what_a_view_has_set_stays(serve: Serve) -> None:
    own = {"Permissions-Policy": "camera=(self)", "Cross-Origin-Resource-Policy": "cross-origin"}

    response = serve(SecurityHeadersMiddleware, lambda request: HttpResponse(headers=own))

    assert {name: response.headers[name] for name in own} == own


def test_a_page_with_a_nonce_is_private(serve: Serve) -> None:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(NONCE.render(RequestContext(request)), headers={"Cache-Control": "public, max-age=60"})

    response = serve(lambda inner: SecurityHeadersMiddleware(ContentSecurityPolicyMiddleware(inner)), page)

    assert set(response.headers["Cache-Control"].split(", ")) == {"private", "max-age=60"}


def test_the_projects_pages_carry_them(client: Client) -> None:
    response = client.get("/livez/nothing-here")

    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
