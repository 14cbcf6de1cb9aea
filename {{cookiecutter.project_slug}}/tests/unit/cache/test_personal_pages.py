"""Whose a page is: what was made for one visitor reaches no other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core.signals import request_started
from django.db import connections
from django.test import AsyncClient, Client
from pytest_django import Settings
from structlog.testing import capture_logs

from framework.cache import finish_recomputing, time_passes
from tests.patience import eventually

from . import pages

pytestmark = pytest.mark.usefixtures("page_views")

type Get = Callable[..., Any]


WHY = [*pages.READ, "cookie", "cookie in a header", "private", "no-store", "vary", "stream", "missing"]


@pytest.mark.parametrize("why", WHY)
def test_what_was_made_for_one_visitor_is_never_kept(client: Client, why: str, settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.unit.cache.pages.tenant"]
    for number in (1, 2, 3):
        answer = client.get(f"/personal/{why}")
        assert "X-Cache" not in answer.headers
        assert len(pages.made) == number


def names(get: Get, path: str, *visitors: str) -> list[Any]:
    return [get(path, headers={"X-Name": name}).content for name in visitors]


def test_views_and_what_they_are_told_have_pages_of_their_own(get: Get) -> None:
    answers = names(get, "/greeting", "ada", "bob", "eve", "ada")

    assert answers == [b"hello ada", b"hello bob", b"page 1", b"hello ada"]


def test_addresses_are_those_that_the_view_is_told(get: Get) -> None:
    assert get("/files/x/../b").content == b"hello x/../b"
    assert get("/files/b").content == b"hello b"


def test_what_one_is_refused_the_other_may_have() -> None:
    pages.plan["gate"] = gate = threading.Event()
    begun: list[object] = []

    def begin(**kwargs: Any) -> None:
        begun.append(None)

    def ask(name: str) -> int:
        try:
            return Client().get("/refusing", headers={"X-Name": name}).status_code
        finally:
            connections.close_all()

    request_started.connect(begin)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(ask, ["eve", "ada"] * 4)
        assert eventually(lambda: len(begun) == 8)
        gate.set()
        assert list(answers) == [403, 200] * 4
    request_started.disconnect(begin)


def test_views_that_read_at_the_same_time_are_all_told() -> None:
    async def ask() -> list[bytes]:
        client = AsyncClient()
        return [(await client.get("/together", headers={"X-Name": name})).content for name in ("A", "B")]

    assert async_to_sync(ask)() == [b"quick A", b"quick B"]


def test_what_an_outer_view_has_looked_at_before_is_told_to_an_inner_one() -> None:
    users = [get_user_model().objects.create(email=f"{name}@example.com") for name in ("ada", "bob")]
    seen = []
    for user in users:
        client = Client()
        client.force_login(user)
        seen.append(client.get("/user").content.decode())

    assert seen == [f"hello {user.pk}" for user in users]


def test_the_view_sees_the_parameters_that_count(get: Get) -> None:
    first = get("/links?page=1&email=ada@example.com").content

    assert first == b"/links?page=1 ['page'] page=1"
    assert get("/links?page=1").content == first
    assert get("/links?page=1").headers["X-Cache"] == "hit"


def test_a_charset_that_would_change_the_query_is_not_for_others(client: Client) -> None:
    assert "X-Cache" not in client.get("/page/7", CONTENT_TYPE="text/plain; charset=utf-16").headers
    assert client.get("/page/7").headers["X-Cache"] == "miss"


def test_a_view_may_copy_its_request(client: Client) -> None:
    assert client.get("/copying").status_code == 200


def test_a_flash_message_is_seen_by_one_visitor(settings: Settings) -> None:
    settings.MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
    one, other = Client(), Client()
    one.get("/personal/a message")

    assert b"seen once" in one.get("/flashed").content
    assert b"seen once" not in other.get("/flashed").content


def test_a_compressed_page_reaches_only_those_who_can_read_it(client: Client) -> None:
    compressed = client.get("/compressed", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/compressed")

    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.content.startswith(b"page 2")


def test_what_is_named_may_be_read(client: Client) -> None:
    assert [client.get("/named").content for _ in range(2)] == [b"page 1"] * 2
    assert client.get("/named", headers={"X-Shop": "other"}).content == b"page 2"


def test_what_an_inner_view_may_read_is_not_what_an_outer_one_may(client: Client) -> None:
    client.get("/outer")
    client.get("/outer")

    # The outer view twice, the inner one once.
    assert len(pages.made) == 3


def test_the_address_may_be_read(get: Get) -> None:
    assert [get("/plain?page=1").content for _ in range(2)] == [b"page 1"] * 2


def test_what_middlewares_read_before_is_no_matter(client: Client, settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.unit.cache.pages.who_is_it"]

    assert [client.get("/page/7").content for _ in range(2)] == [b"page 1"] * 2
    assert [client.get("/personal/user").content for _ in range(2)] == [b"page 2", b"page 3"]


def test_a_request_with_a_body_is_not_answered_from_the_cache(client: Client) -> None:
    client.get("/page/7")

    assert client.generic("GET", "/page/7", b"search").content == b"page 2"


def test_a_page_that_became_personal_is_gone_without_an_error(client: Client) -> None:
    client.get("/page/7")
    pages.plan["status"] = 404
    with capture_logs() as logs, time_passes(65):
        client.get("/page/7")
        finish_recomputing()
        answer = client.get("/page/7")

    assert answer.status_code == 404
    assert [log["event"] for log in logs if log["log_level"] == "error"] == []


def test_what_could_be_shared_after_all_is_kept_again(client: Client) -> None:
    pages.plan["status"] = 404
    client.get("/page/7")
    pages.plan.clear()

    assert [client.get("/page/7").content for _ in range(2)] == [b"page 2"] * 2


def test_a_logged_in_visitor_shares_a_page_that_does_not_ask_who_it_is(client: Client) -> None:
    client.get("/page/7")
    client.force_login(get_user_model().objects.create(email="ada@example.com"))

    assert client.get("/page/7").content == b"page 1"


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer x"}, {"Range": "bytes=0-1"}])
def test_a_request_with_credentials_is_not_answered_from_the_cache(get: Get, headers: dict[str, str]) -> None:
    get("/page/7", headers=headers)
    get("/page/7", headers=headers)

    assert len(pages.made) == 2
