"""The whole list, from the configuration to a response."""

from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings as project
from django.core.checks import ERROR
from django.test import AsyncClient, Client
from django.utils.csp import CSP

from framework.conf import MiddlewareConfig
from framework.middleware import HookMiddleware, checks, stack

OURS = "framework."
SWITCHED = [name for name in MiddlewareConfig.model_fields if name not in ("direct", "lean", "locale")]


@pytest.fixture(autouse=True)
def _addresses(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.unit.middleware.urls"


@pytest.mark.parametrize("switch", SWITCHED)
def test_each_of_ours_can_be_switched_off(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = stack(project.CONFIG)

    monkeypatch.setitem(project.CONFIG.middleware.__dict__, switch, False)
    smaller = stack(project.CONFIG)

    assert len(smaller) < len(whole)
    assert [path for path in whole if path in smaller] == smaller


def test_the_project_s_order_is_right() -> None:
    assert checks.check_order(None) == []


def test_a_second_copy_is_reported(settings: Any) -> None:
    settings.MIDDLEWARE = [*project.MIDDLEWARE, project.MIDDLEWARE[0]]

    messages = checks.check_order(None)

    assert [message.id for message in messages if "twice" in message.msg] == ["middleware.W001"]


def test_a_wrong_order_is_reported_with_both_names(settings: Any) -> None:
    outer, inner = (
        path for path in project.MIDDLEWARE if path.endswith(("RequestIDMiddleware", "AccessLogMiddleware"))
    )
    settings.MIDDLEWARE = [inner, outer]

    (message,) = checks.check_order(None)

    assert message.id == "middleware.W002"
    assert message.msg == f"{outer} must stand before {inner} in MIDDLEWARE."


def test_what_cannot_be_imported_is_an_error_and_no_traceback(settings: Any) -> None:
    settings.MIDDLEWARE = ["framework.middleware.NoSuchMiddleware"]

    (message,) = checks.check_order(None)

    assert (message.id, message.level) == ("middleware.E001", ERROR)
    assert message.msg.startswith("framework.middleware.NoSuchMiddleware cannot be imported: ")


class Misplaced(HookMiddleware):
    """Wants a place beside what does not exist."""

    after = ("framework.middleware.request_id.RequestIdMiddleware",)


def test_a_place_beside_what_does_not_exist_is_reported(settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.Misplaced"]

    (message,) = checks.check_order(None)

    assert message.id == "middleware.W007"
    assert "RequestIdMiddleware, which cannot be imported" in message.msg


def sync_only(get_response: Any) -> Any:
    return get_response


def test_what_needs_a_thread_for_each_request_is_reported(settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.sync_only"]

    (message,) = checks.check_order(None)

    assert (message.id, message.msg) == (
        "middleware.W003",
        f"{__name__}.sync_only takes every request under ASGI to a thread.",
    )


def test_the_project_s_settings_are_right() -> None:
    assert checks.check_settings(None) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https")), ("USE_X_FORWARDED_HOST", True)],
)
def test_believing_proxies_that_nobody_named_is_reported(settings: Any, name: str, value: Any) -> None:
    setattr(settings, name, value)

    assert [message.id for message in checks.check_settings(None)] == ["middleware.W004"]

    security = settings.CONFIG.security.model_copy(update={"trusted_proxies": ("10.0.0.0/8",)})
    settings.CONFIG = replace(settings.CONFIG, security=security)
    assert checks.check_settings(None) == []


def test_taking_proxies_for_clients_is_reported(settings: Any) -> None:
    security = settings.CONFIG.security.model_copy(update={"trusted_proxies": ("10.0.0.0/8",)})
    settings.CONFIG = replace(settings.CONFIG, security=security)
    assert checks.check_settings(None) == []

    settings.MIDDLEWARE = [path for path in settings.MIDDLEWARE if path != checks.CLIENT_IP]

    assert [message.id for message in checks.check_settings(None)] == ["middleware.W006"]


def test_keeping_pages_with_a_nonce_is_reported(settings: Any) -> None:
    settings.MIDDLEWARE = [checks.PAGE_CACHE]
    assert [message.id for message in checks.check_settings(None)] == ["middleware.W005"]

    settings.SECURE_CSP = {"default-src": [CSP.SELF]}
    assert checks.check_settings(None) == []


@pytest.mark.parametrize(("address", "body"), [("/plain", b"plain"), ("/quick", b"quick")])
def test_every_kind_of_view_passes_the_stack(client: Client, address: str, body: bytes) -> None:
    response = client.get(address)

    assert (response.status_code, response.content) == (200, body)
    assert response.headers["X-Request-ID"]


@pytest.mark.parametrize(("address", "body"), [("/plain", b"plain"), ("/quick", b"quick"), ("/stream", b"one two")])
async def test_every_kind_of_view_passes_the_stack_under_asgi(
    async_client: AsyncClient, address: str, body: bytes
) -> None:
    response: Any = await async_client.get(address)

    content = b"".join([part async for part in response]) if response.streaming else response.content
    assert (response.status_code, content) == (200, body)
    assert response.headers["X-Request-ID"]


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of what is taken to a thread."""
    taken: list[str] = []
    really = SyncToAsync.__call__

    async def counted(self: SyncToAsync[..., Any], *args: Any, **kwargs: Any) -> Any:
        taken.append(repr(self.func))
        return await really(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    return taken


@pytest.mark.django_db(transaction=True)
async def test_our_middleware_costs_no_thread_hop(hops: list[str], settings: Any) -> None:
    await AsyncClient().get("/quick")  # the first look at the flags is waited for
    hops.clear()
    await AsyncClient().get("/quick")
    with_ours = len(hops)
    settings.MIDDLEWARE = [path for path in project.MIDDLEWARE if not path.startswith(OURS)]
    hops.clear()
    await AsyncClient().get("/quick")

    assert with_ours == len(hops), hops
