"""When users were last seen: noted by requests, written in lots."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone
from pytest_django import Settings

from framework.activity import last_seen, recorder as recorder_module, seen_since, write_activity
from framework.activity.models import Sighting
from framework.activity.recorder import Recorder, recorder
from framework.middleware import get_asgi_application

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def known(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user))


async def known_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(await request.auser()))


def unknown(request: HttpRequest) -> HttpResponse:
    return HttpResponse("whoever")


urlpatterns = [path("known", known), path("known-async", known_async), path("unknown", unknown)]


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def user(db: None) -> Any:
    """Return somebody who has an account."""
    return get_user_model().objects.create_user("ada@example.com")


def browser(user: Any) -> Client:
    """Return a browser in which ``user`` is logged in."""
    client = Client()
    client.force_login(user)
    return client


def test_a_user_is_seen_once_it_is_written(user: Any) -> None:
    before = timezone.now()
    browser(user).get("/known")

    assert last_seen(user) is None
    assert write_activity() == 1
    assert before <= (last_seen(user) or NOON) <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_a_user_of_an_async_view_is_seen(user: Any) -> None:
    client = AsyncClient()
    client.force_login(user)

    async_to_sync(client.get)("/known-async")
    write_activity()

    assert last_seen(user) is not None


def test_a_visitor_and_a_view_that_asks_for_nobody_leave_no_trace(user: Any) -> None:
    Client().get("/known")
    browser(user).get("/unknown")

    assert write_activity() == 0


def test_requests_cost_no_query_and_a_hundred_of_them_one_row(user: Any) -> None:
    client = browser(user)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(100):
            client.get("/known")
    asked = [query["sql"] for query in queries if "sighting" in query["sql"]]
    with CaptureQueriesContext(connection) as written:
        write_activity()

    assert asked == []
    assert len([query for query in written if "INSERT" in query["sql"]]) == 1


def test_the_last_login_stays(user: Any) -> None:
    client = browser(user)
    logged_in = get_user_model().objects.get().last_login
    client.get("/known")
    write_activity()

    assert get_user_model().objects.get().last_login == logged_in


def test_a_later_sighting_replaces_the_earlier_one(user: Any) -> None:
    recorder = Recorder()
    for hour in range(2):
        recorder.note(user.pk, NOON + timedelta(hours=hour))
        recorder.write()

    assert last_seen(user) == NOON + timedelta(hours=1)


def test_those_who_were_here_since_a_moment(user: Any) -> None:
    other = get_user_model().objects.create_user("bob@example.com")
    recorder = Recorder()
    recorder.note(user.pk, NOON)
    recorder.note(other.pk, NOON + timedelta(hours=1))
    recorder.write()

    assert [seen.user for seen in seen_since(NOON + timedelta(minutes=1))] == [other]
    assert [seen.user for seen in seen_since(NOON)] == [other, user]


def test_what_cannot_be_written_is_kept(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, store = Recorder(), recorder_module._store

    def fails(seen: Any) -> None:
        recorder.note(user.pk, NOON + timedelta(hours=1))
        raise OperationalError("away")

    recorder.note(user.pk, NOON)
    monkeypatch.setattr(recorder_module, "_store", fails)
    assert recorder.write() == 0
    monkeypatch.setattr(recorder_module, "_store", store)

    assert recorder.write() == 1
    assert last_seen(user) == NOON + timedelta(hours=1)
    recorder.reset()


def test_a_user_who_was_deleted_meanwhile_takes_no_other_along(user: Any) -> None:
    gone = get_user_model().objects.create_user("gone@example.com")
    recorder = Recorder()
    recorder.note(gone.pk, NOON)
    recorder.note(user.pk, NOON)
    gone.delete()

    recorder.write()

    assert last_seen(user) == NOON


def test_a_deleted_user_takes_the_sighting_along(user: Any) -> None:
    recorder = Recorder()
    recorder.note(user.pk, NOON)
    recorder.write()

    user.delete()

    assert not Sighting.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_is_written_by_itself(user: Any, settings: Settings) -> None:
    activity = settings.CONFIG.activity.model_copy(update={"write_seconds": 0.05})
    settings.CONFIG = replace(settings.CONFIG, activity=activity)
    recorder = Recorder()
    recorder.note(user.pk, NOON)
    writer = recorder._writer
    assert writer is not None

    writer.join(10)

    assert last_seen(user) == NOON


def test_the_list_of_users_tells_it(user: Any, settings: Settings) -> None:
    settings.ROOT_URLCONF = "config.urls"
    root = get_user_model().objects.create_superuser("root@example.com")
    recorder = Recorder()
    recorder.note(user.pk, NOON)
    recorder.write()

    page = browser(root).get("/admin/accounts/user/").content.decode()

    assert "Jan. 1, 2030, noon" in page


@pytest.mark.django_db(transaction=True)
async def test_a_server_that_stops_writes_what_is_left() -> None:
    user = await get_user_model().objects.acreate(email="late@example.com")
    # It has no types.
    server: Any = cast("Any", ApplicationCommunicator)(get_asgi_application(), {"type": "lifespan"})
    await server.send_input({"type": "lifespan.startup"})
    assert await server.receive_output(5) == {"type": "lifespan.startup.complete"}
    recorder.note(user.pk, NOON)

    await server.send_input({"type": "lifespan.shutdown"})
    assert await server.receive_output(5) == {"type": "lifespan.shutdown.complete"}

    await server.wait(5)
    assert await sync_to_async(last_seen)(user) == NOON
