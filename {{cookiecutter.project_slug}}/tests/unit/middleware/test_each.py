"""Every middleware of ours, and of Django's in our form, by itself, with every kind of view, under WSGI and ASGI."""

from dataclasses import replace
from typing import Any, cast

import pytest
from django.conf import settings as project
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from pytest_django import Settings

from framework.middleware import stack
from framework.middleware.direct import DIRECT

CONFIG = replace(
    project.CONFIG,
    ratelimit=project.CONFIG.ratelimit.model_copy(update={"all": "100000/m"}),
    core=project.CONFIG.core.model_copy(update={"debug": True}),
)
OURS = [path for path in stack(CONFIG) if path.startswith("framework.")]
SESSION = DIRECT["django.contrib.sessions.middleware.SessionMiddleware"]
#: What has to stand outside of some.
NEEDS = {
    DIRECT["django.contrib.auth.middleware.AuthenticationMiddleware"]: [SESSION],
    DIRECT["django.contrib.messages.middleware.MessageMiddleware"]: [SESSION],
}
# A failed view asks the database which user to name in the mail to the admins.
with_database = pytest.mark.django_db(transaction=True)
BODIES = {"/plain": b"plain", "/quick": b"quick", "/stream": b"one two"}


@pytest.fixture(params=[*OURS, *DIRECT.values()], ids=lambda path: path.rpartition(".")[2], autouse=True)
def alone(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Install one middleware and nothing else."""
    settings.CONFIG = CONFIG
    settings.MIDDLEWARE = [*NEEDS.get(request.param, []), request.param]
    settings.ROOT_URLCONF = "tests.unit.middleware.urls"


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators:Warning")
@pytest.mark.parametrize("path", BODIES)
def test_it_serves_in_a_thread(client: Client, path: str) -> None:
    response: Any = client.get(path)

    assert (response.status_code, b"".join(response) if response.streaming else response.content) == (200, BODIES[path])


@pytest.mark.parametrize("path", BODIES)
async def test_it_serves_on_an_event_loop(async_client: AsyncClient, path: str) -> None:
    response: Any = await async_client.get(path)

    body = b"".join([part async for part in response]) if response.streaming else response.content
    assert (response.status_code, body) == (200, BODIES[path])


@with_database
def test_a_view_that_raises_in_a_thread_is_500_and_the_next_request_is_served() -> None:
    client = Client(raise_request_exception=False)

    assert [client.get(path).status_code for path in ("/fails", "/plain")] == [500, 200]


@with_database
async def test_a_view_that_raises_on_an_event_loop_is_500_and_the_next_request_is_served() -> None:
    client = AsyncClient(raise_request_exception=False)

    assert [(await client.get(path)).status_code for path in ("/fails", "/quick")] == [500, 200]


async def test_a_client_who_leaves_a_stream_leaves_nothing_behind(async_client: AsyncClient) -> None:
    response = cast("StreamingHttpResponse", await async_client.get("/stream"))
    parts = cast("Any", aiter(response))
    assert await anext(parts) == b"one "
    await parts.aclose()
    response.close()

    assert (await async_client.get("/quick")).status_code == 200
