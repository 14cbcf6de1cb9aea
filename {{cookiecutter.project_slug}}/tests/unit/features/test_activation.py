"""What a flag switches: middlewares and trees of addresses."""

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django import Settings

from framework.features import Flag, overridden_flag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _addresses(settings: Settings, flag: Flag) -> None:
    settings.ROOT_URLCONF = "tests.unit.features.urls"


@pytest.mark.parametrize("address", ["/beta/deep/7", "/beta/async"])
def test_a_tree_of_addresses_appears_with_its_flag(client: Client, flag: Flag, address: str) -> None:
    assert client.get(address).status_code == 404
    with overridden_flag(flag, active=True):
        assert client.get(address).content.startswith(b"beta")


def test_names_inside_the_tree_stay() -> None:
    assert reverse("beta:beta", args=[7]) == "/beta/deep/7"


@pytest.fixture
def _stamped(settings: Settings) -> None:
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "tests.unit.features.stamp.SwitchedStamp",
    ]


@pytest.mark.usefixtures("_stamped")
def test_a_middleware_works_while_its_flag_is_on(client: Client, flag: Flag) -> None:
    assert "X-Stamp" not in client.get("/plain").headers
    with overridden_flag(flag, active=True):
        assert client.get("/plain").headers["X-Stamp"] == "seen"


@pytest.mark.usefixtures("_stamped")
async def test_a_middleware_works_on_the_event_loop_while_its_flag_is_on(async_client: AsyncClient, flag: Flag) -> None:
    assert "X-Stamp" not in (await async_client.get("/plain")).headers
    with overridden_flag(flag, active=True):
        assert (await async_client.get("/plain")).headers["X-Stamp"] == "seen"
