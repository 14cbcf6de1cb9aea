"""What Django itself keeps in the default cache."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.cache.utils import make_template_fragment_key
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import path
from django.views.decorators.cache import cache_page
from pytest_django import Settings

from framework.cache import TieredCache, count_hits

# Said here, since the fixtures that need the database are asked for by name only.
pytestmark = pytest.mark.django_db(transaction=True)

FRAGMENT = Path(__file__).with_name("fragment.html")


@pytest.fixture(params=["database", pytest.param("redis", marks=pytest.mark.redis)])
def cache(request: pytest.FixtureRequest) -> TieredCache:
    found = request.getfixturevalue(f"{request.param}_cache")
    assert isinstance(found, TieredCache)
    return found


@pytest.fixture
def numbered(settings: Settings) -> None:
    """Serve a page that is another one each time it is made."""
    numbers = iter(range(100))

    def page(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(f"{next(numbers)}")
        response.set_cookie("seen", "yes")
        return response

    urls = type("urls", (), {"urlpatterns": [path("page/", cache_page(60)(page))]})
    settings.ROOT_URLCONF = urls
    settings.MIDDLEWARE = []


@pytest.mark.parametrize("engine", ["cache", "cached_db"])
def test_sessions(cache: TieredCache, engine: str) -> None:
    store = import_module(f"django.contrib.sessions.backends.{engine}").SessionStore
    session = store()
    session["basket"] = {"apples": 3}
    session.save()

    assert store(session.session_key)["basket"] == {"apples": 3}
    with count_hits() as counted:
        assert store(session.session_key)["basket"] == {"apples": 3}
    assert counted.hits["memory"] == 1

    other = store(session.session_key)
    other["basket"]["apples"] = 4
    other.save()
    assert store(session.session_key)["basket"] == {"apples": 4}
    other.flush()
    assert store(session.session_key).get("basket") is None


def test_template_fragments(cache: TieredCache) -> None:
    template = Template(FRAGMENT.read_text(encoding="utf-8").strip())

    assert [template.render(Context({"name": "a", "number": number})) for number in range(3)] == ["0", "0", "0"]
    assert template.render(Context({"name": "b", "number": 3})) == "3"
    cache.delete(make_template_fragment_key("part", ["a"]))
    assert template.render(Context({"name": "a", "number": 4})) == "4"


@pytest.mark.usefixtures("numbered")
def test_whole_pages(cache: TieredCache) -> None:
    client = Client()

    pages = [client.get("/page/"), client.get("/page/"), client.get("/page/?other=1")]

    assert [page.content for page in pages] == [b"0", b"0", b"1"]
    assert pages[1].cookies["seen"].value == "yes"
    cache.clear()
    assert Client().get("/page/").content == b"2"


def test_a_response_is_kept_with_all_it_has(cache: TieredCache) -> None:
    response = HttpResponse("content", headers={"X-Header": "value"})
    cache.set("response", response)
    caches["memory"].clear()

    found = cache.get("response")

    assert (found.content, found.headers["X-Header"]) == (b"content", "value")


def test_a_rate_limiter_of_add_and_incr_admits_no_more_than_its_limit(cache: TieredCache) -> None:
    # As django-ratelimit and its like count: the first caller begins the window, everybody counts in it.
    def admit(_: int) -> bool:
        try:
            cache.add("window", 0, 60)
            return cache.incr("window") <= 20
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as callers:
        admitted = list(callers.map(admit, range(100)))

    assert sum(admitted) == 20
