"""Probes: the process lives; what it needs is really asked."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import Any

import pytest
from django.core.cache.backends.base import BaseCache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client

from framework.middleware import HealthMiddleware, probes
from framework.tasks.exceptions import BrokerUnavailableError
from tests.patience import PATIENCE_SECONDS

from .conftest import Serve


def unreachable(request: HttpRequest) -> HttpResponse:
    raise AssertionError("A probe must not get further than the health middleware")


def test_the_living_process_answers_without_asking_anything(serve: Serve) -> None:
    response = serve(HealthMiddleware, unreachable, "/livez")

    assert response.status_code == 200
    assert isinstance(response, HttpResponse)
    assert json.loads(response.content) == {"status": "ok"}
    assert response.headers["Cache-Control"] == "no-store"


def test_a_probe_needs_no_known_host_name(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]

    response = client.get("/livez", headers={"host": "10.1.2.3"})

    assert response.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_everything_is_asked(client: Client) -> None:
    response = client.get("/readyz")

    body = response.json()
    assert (response.status_code, body["status"], body["down"]) == (200, "ok", [])
    assert {name: check["ok"] for name, check in body["checks"].items()} == {
        "database": True,
        "cache": True,
        "broker": True,
    }


@pytest.mark.django_db(transaction=True)
async def test_everything_is_asked_under_asgi(async_client: AsyncClient) -> None:
    response = await async_client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "ok")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Put probes of each kind of failure beside a sound one."""
    released = Event()

    def refused() -> None:
        with closing(socket.socket()) as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS).close()

    def telling() -> None:
        raise DatabaseError("cannot connect to postgres://shop:hunter2@db/shop")

    def silent() -> None:
        released.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(probes, "LIMIT_SECONDS", 3.0)
    monkeypatch.setattr(probes, "PROBES", {"sound": int, "refused": refused, "telling": telling, "silent": silent})
    yield released
    released.set()


def test_what_is_down_is_named_and_no_secret_told(serve: Serve, broken: Event) -> None:
    response = serve(HealthMiddleware, unreachable, "/readyz")

    assert isinstance(response, HttpResponse)
    body = json.loads(response.content)
    assert response.status_code == 503
    assert body["status"] == "unavailable"
    assert body["down"] == ["refused", "telling", "silent"]
    assert body["checks"]["sound"]["ok"] is True
    assert body["checks"]["refused"]["error"] == "ConnectionRefusedError"
    assert body["checks"]["silent"]["error"] == "no answer within 3 s"
    assert "hunter2" not in response.content.decode()
    # The answer did not wait for the silent one.
    assert not broken.is_set()


def test_a_server_that_hangs_collects_no_threads(broken: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "LIMIT_SECONDS", 0.1)
    for _ in range(3):
        probes.run_probes()

    assert [thread.name for thread in threading.enumerate()].count("probe-silent") == 1


def test_a_cache_that_forgets_is_down(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    class Forgetful(BaseCache):
        def set(self, *args: Any, **kwargs: Any) -> None:
            pass

        def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
            return default

        def delete(self, key: Any, version: int | None = None) -> bool:
            return False

    farthest = settings.CACHES["default"]["OPTIONS"]["TIERS"][-1]
    monkeypatch.setattr(probes, "caches", {farthest: Forgetful({})})
    monkeypatch.setattr(probes, "PROBES", {"cache": probes.PROBES["cache"]})

    assert probes.run_probes()[0].error == "FrameworkError"


def test_a_broker_out_of_reach_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise BrokerUnavailableError("The broker cannot be reached: ConnectionError")

    monkeypatch.setattr(probes, "PROBES", {"broker": away})

    assert probes.run_probes()[0].as_dict()["error"] == "BrokerUnavailableError"
