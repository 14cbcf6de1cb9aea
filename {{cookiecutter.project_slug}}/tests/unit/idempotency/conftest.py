"""Views that count, and clients of both kinds."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from pytest_django import Settings

from . import urls

type Post = Callable[..., Any]


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.unit.idempotency.urls"
    urls.carried_out.clear()
    urls.go_on.clear()


@pytest.fixture(params=["sync", "async"])
def post(request: pytest.FixtureRequest) -> Post:
    """Return a function that posts with a key, to a thread or to an event loop."""

    def send(path: str, key: str | None = "key-1", body: str = "{}", *, user: Any = None, **options: Any) -> Any:
        client: Any = (Client if request.param == "sync" else AsyncClient)(raise_request_exception=False)
        if user is not None:
            client.force_login(user)
        headers = options.pop("headers", {}) | ({} if key is None else {"Idempotency-Key": key})
        method = getattr(client, options.pop("method", "post"))
        call = method if request.param == "sync" else async_to_sync(method)
        return call(path, body, content_type="application/json", headers=headers, **options)

    return send
