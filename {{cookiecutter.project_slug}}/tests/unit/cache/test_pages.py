"""Whole pages, kept for everybody."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import AsyncClient, Client, RequestFactory
from pytest_django import Settings
from structlog.testing import capture_logs

from framework.cache import background, cached_page, finish_recomputing, invalidate_tags, no_cache, time_passes

from . import pages

pytestmark = pytest.mark.usefixtures("page_views")

type Get = Callable[..., Any]


def test_a_page_is_made_once(get: Get, address: str) -> None:
    answers = [get(address) for _ in range(3)]

    assert [answer.content for answer in answers] == [b"page 1"] * 3
    assert [answer.headers["X-Cache"] for answer in answers] == ["miss", "hit", "hit"]
    assert answers[2].headers["Age"] == "0"
    assert answers[2].headers["Cache-Control"] == "no-cache"


def test_a_browser_that_has_the_page_gets_304(get: Get, address: str) -> None:
    etag = get(address).headers["ETag"]

    again = get(address, headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_invalidated_tag_reaches_the_next_visitor(get: Get, address: str) -> None:
    get(address)
    invalidate_tags("shop:8")
    assert get(address).content == b"page 1"

    invalidate_tags("shop:7")
    assert get(address).content == b"page 2"


def test_a_changed_row_outdates_the_pages_that_depend_on_its_model(watching: None, rf: RequestFactory) -> None:
    users = cached_page("1m", depends_on=("accounts.User",))(pages.body)
    users(rf.get("/users"))
    get_user_model().objects.create(email="ada@example.com")

    assert users(rf.get("/users")).content == b"page 2"


def test_a_stale_page_is_served_while_it_is_made_anew(get: Get) -> None:
    get("/page/7")
    with time_passes(65):
        stale = get("/page/7")
        finish_recomputing()
        fresh = get("/page/7")

    assert (stale.content, stale.headers["X-Cache"]) == (b"page 1", "stale")
    assert (fresh.content, fresh.headers["X-Cache"]) == (b"page 2", "hit")


@pytest.mark.parametrize("plan", [{"error": ZeroDivisionError()}, {"status": 503}])
def test_an_old_page_is_served_if_making_it_fails(get: Get, address: str, plan: dict[str, Any]) -> None:
    get(address)
    pages.plan.update(plan)

    with time_passes(120):
        answer = get(address)
        pages.plan.clear()
        healed = get(address)

    assert (answer.status_code, answer.content, answer.headers["X-Cache"]) == (200, b"page 1", "stale")
    assert (healed.content, healed.headers["X-Cache"]) == (b"page 3", "miss")


@pytest.mark.parametrize("plan", [{"error": ZeroDivisionError()}, {"status": 503}])
def test_without_an_old_page_an_error_is_an_error_and_not_kept(get: Get, address: str, plan: dict[str, Any]) -> None:
    pages.plan.update(plan)
    assert get(address).status_code >= 500

    pages.plan.clear()
    assert get(address).content == b"page 2"


def test_a_page_is_over_in_the_end(get: Get, address: str) -> None:
    get(address)

    with time_passes(200):
        assert get(address).content == b"page 2"


def test_a_page_that_is_there_no_more_is_not_served(client: Client) -> None:
    client.get("/gone")
    pages.plan["gone"] = True
    with capture_logs() as logs, time_passes(65):
        client.get("/gone")
        finish_recomputing()
        assert client.get("/gone").status_code == 404
    with time_passes(120):
        assert client.get("/gone").status_code == 404

    assert [log["event"] for log in logs if log["log_level"] == "error"] == []


def test_what_decorators_tell_middlewares_is_kept(client: Client) -> None:
    for state in ("miss", "hit"):
        answer = client.get("/marked")
        assert answer.headers["X-Cache"] == state
        assert "X-Frame-Options" not in answer.headers
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'"


def test_a_page_made_of_another_is_kept_too(client: Client) -> None:
    assert [client.get("/whole").headers["X-Cache"] for _ in range(2)] == ["miss", "hit"]
    assert client.get("/whole", headers={"If-None-Match": "*"}).status_code == 304
    with time_passes(65):
        assert client.get("/whole", headers={"If-None-Match": '"other"'}).content == b"whole page 1"


@pytest.mark.parametrize("address", ["/page/7", "/page-async/7"])
def test_a_head_request_lets_a_stale_page_be_made_anew(address: str) -> None:
    async def look() -> tuple[Any, Any]:
        client = AsyncClient()
        await client.get(address)
        with time_passes(65):
            head = await client.head(address)
            made = [*background._running.values()]
            await asyncio.gather(*(asyncio.wrap_future(each) if isinstance(each, Future) else each for each in made))
            return head, await client.get(address)

    with capture_logs() as logs:
        head, fresh = async_to_sync(look)()

    assert (head.status_code, head.headers["X-Cache"]) == (200, "stale")
    assert (fresh.content, fresh.headers["X-Cache"]) == (b"page 2", "hit")
    assert [log["event"] for log in logs if log["log_level"] == "error"] == []


def test_an_unsafe_method_passes(client: Client) -> None:
    assert [client.post("/page/7").content for _ in range(2)] == [b"page 1", b"page 2"]


def test_a_head_request_uses_a_page_and_makes_none(client: Client) -> None:
    client.head("/page/7")
    client.get("/page/7")
    head = client.head("/page/7")

    assert head.headers["X-Cache"] == "hit"
    assert len(pages.made) == 2


def test_hosts_headers_and_chosen_parameters_have_pages_of_their_own(get: Get, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    bodies = [
        get("/varied").content,
        get("/varied", headers={"Host": "other.example"}).content,
        get("/varied", headers={"Accept-Language": "de"}).content,
        get("/varied?page=2").content,
        get("/varied?page=2&utm_source=mail").content,
    ]

    assert bodies == [b"page 1", b"page 2", b"page 3", b"page 4", b"page 4"]


def test_what_is_told_to_browsers_and_caches_on_the_way(get: Get) -> None:
    headers = get("/varied").headers

    assert headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=10, stale-if-error=100"
    assert "Accept-Language" in headers["Vary"]


def test_the_language_and_the_time_zone_make_other_pages(get: Get) -> None:
    get("/page/7")
    assert get("/page/7", headers={"X-Timezone": "Asia/Tokyo"}).content == b"page 2"


def test_a_template_is_rendered_before_it_is_kept(get: Get) -> None:
    assert [get("/templated").content for _ in range(2)] == [b"rendered"] * 2
    assert pages.made == ["/templated"]


def test_without_the_cache_the_view_answers(get: Get, address: str) -> None:
    with no_cache():
        get(address)
        get(address)

    assert len(pages.made) == 2


def ask_at_once(path: str) -> list[bytes]:
    def ask(_: int) -> bytes:
        try:
            return bytes(Client().get(path).content)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(ask, range(16)))


def test_of_many_visitors_at_once_one_makes_the_page() -> None:
    pages.plan["sleep"] = 0.2

    assert ask_at_once("/page/7") == [b"page 1"] * 16


def test_visitors_of_a_page_that_is_not_shared_get_their_own() -> None:
    pages.plan["sleep"] = 0.05

    assert len(set(ask_at_once("/personal/cookie"))) == 16
