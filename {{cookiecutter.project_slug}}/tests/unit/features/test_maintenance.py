"""A site that is closed."""

from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import AsyncClient, Client
from pytest_django import Settings

from framework.features import MAINTENANCE, overridden_flag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _installed(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.unit.features.urls"
    name = "framework.features.middleware.FeaturesMiddleware"
    place = settings.MIDDLEWARE.index(name)
    ours = "framework.features.maintenance.MaintenanceMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:place], ours, *settings.MIDDLEWARE[place:]]


@pytest.fixture(params=["sync", "async"])
def get(request: pytest.FixtureRequest, client: Client, async_client: AsyncClient) -> Any:
    """Return a function that asks for an address, as whoever is logged in."""

    def ask(address: str, user: Any = None) -> Any:
        chosen: Any = client if request.param == "sync" else async_client
        if user is not None:
            chosen.force_login(user)
        return client.get(address) if request.param == "sync" else async_to_sync(async_client.get)(address)

    return ask


def test_an_open_site_answers(get: Any) -> None:
    assert get("/plain").content == b"plain"


def test_a_closed_site_says_when_to_come_back(get: Any, settings: Settings) -> None:
    with overridden_flag(MAINTENANCE, active=True):
        answer = get("/plain")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(settings.CONFIG.features.maintenance_retry_seconds)
    assert "no-store" in answer.headers["Cache-Control"]
    assert b"Closed for a moment" in answer.content


def test_staff_goes_on_working_and_others_do_not(get: Any) -> None:
    users = get_user_model().objects
    staff, other = users.create(email="a@example.com", is_staff=True), users.create(email="b@example.com")

    with overridden_flag(MAINTENANCE, active=True):
        assert get("/plain", staff).status_code == 200
        assert get("/plain", other).status_code == 503


def test_staff_can_log_in_and_probes_are_answered(get: Any) -> None:
    with overridden_flag(MAINTENANCE, active=True):
        assert get("/admin/plain").status_code == 200
        assert get("/livez").status_code == 200


def test_the_site_is_closed_and_opened_by_command(client: Client) -> None:
    call_command("flags", "on", "maintenance", stdout=StringIO())
    closed = client.get("/plain").status_code
    call_command("flags", "off", "maintenance", stdout=StringIO())

    assert (closed, client.get("/plain").status_code) == (503, 200)


def test_a_closed_site_is_no_error(get: Any, caplog: pytest.LogCaptureFixture) -> None:
    with overridden_flag(MAINTENANCE, active=True):
        get("/plain")

    assert [record.levelname for record in caplog.records if record.name == "django.request"] == ["INFO"]
