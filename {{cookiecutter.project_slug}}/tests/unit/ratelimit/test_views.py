"""``@limit`` on views, and the limit of all requests."""

from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from pytest_django import Settings

from framework.ratelimit import OnOutage, RateError, RateLimitMiddleware, api_key, check_rate, ip, limit, user
from framework.ratelimit.limiter import Limiter
from tests.unit.middleware.conftest import Serve, serve

__all__ = ["serve"]

pytestmark = pytest.mark.usefixtures("alone")


@limit("2/h", key=ip)
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@limit("2/h", key=ip)
async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@limit("1/h", key=ip, methods=["post"])
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("form")


@limit("3/h")
@limit("1/s", key=ip)
def twice(request: HttpRequest) -> HttpResponse:
    return HttpResponse("twice")


@limit("1/h")
async def of_user(request: HttpRequest) -> HttpResponse:
    return HttpResponse("yours")


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@method_decorator(limit("1/h", key=ip), name="dispatch")
class Listing(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("listing")


urlpatterns = [
    path("page", page),
    path("async", async_page),
    path("form", form),
    path("listing", Listing.as_view()),
    path("of-user", of_user),
]


@pytest.fixture
def urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.usefixtures("urls")
@pytest.mark.parametrize("address", ["/page", "/async"])
def test_the_request_beyond_the_limit_is_told_when_to_come_back(client: Client, address: str) -> None:
    answers = [client.get(address) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    name = "page" if address == "/page" else "async_page"
    assert answers[0].headers["RateLimit-Policy"] == f'"{name}";q=2;w=3600'
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers] == [
        f'"{name}";r={left}' for left in (1, 0, 0)
    ]
    assert 1_790 <= int(answers[2].headers["Retry-After"]) <= 1_800
    assert answers[2].content.decode().startswith("Too many requests. Try again in 1")
    assert "Retry-After" not in answers[1].headers


@pytest.mark.usefixtures("urls")
@pytest.mark.parametrize("address", ["/page", "/async"])
async def test_the_same_from_an_event_loop(async_client: AsyncClient, address: str) -> None:
    assert [(await async_client.get(address)).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.usefixtures("urls")
def test_only_the_named_methods_count(client: Client) -> None:
    statuses = [client.get("/form").status_code, *(client.post("/form").status_code for _ in range(2))]

    assert [*statuses, client.get("/form").status_code] == [200, 200, 429, 200]


@pytest.mark.usefixtures("urls")
def test_class_based_views(client: Client) -> None:
    assert [client.get("/listing").status_code for _ in range(2)] == [200, 429]


def test_two_limits_are_both_told() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    answers = [twice(request) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"twice";q=1;w=1, "twice";q=3;w=3600'
    assert answers[1].headers["Retry-After"] == "1"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("urls")
async def test_users_are_counted_each_for_themselves(async_client: AsyncClient) -> None:
    statuses = []
    for name in ("ada", "bob"):
        found = await sync_to_async(get_user_model().objects.create_user)(email=f"{name}@example.com")
        await async_client.aforce_login(found)
        statuses += [(await async_client.get("/of-user")).status_code for _ in range(2)]

    assert statuses == [200, 429, 200, 429]


def test_who_did_not_log_in_is_not_counted_by_user() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    view = limit("1/h", key=user)(empty)

    answers = [view(request) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert "RateLimit" not in answers[0].headers


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "nonsense", True),
    ],
)
def test_addresses_are_counted_by_who_can_have_them(one: str, other: str, together: bool) -> None:
    keys = [ip(RequestFactory(REMOTE_ADDR=address).get("/")) for address in (one, other)]

    assert (keys[0] == keys[1]) is together


def test_api_keys_are_counted_and_kept_nowhere(alone: Limiter) -> None:
    view = limit("1/h", key=api_key("X-API-Key"))(empty)

    answers = [
        view(RequestFactory().get("/", headers={"X-API-Key": key})) for key in ("s3cret", "s3cret", "other", "\udcff")
    ]

    assert [answer.status_code for answer in answers] == [200, 429, 200, 200]
    assert "s3cret" not in str(vars(alone._local))


def test_a_group_is_counted_together() -> None:
    views = [limit("1/h", key=ip, group="search")(empty) for _ in range(2)]

    assert [view(RequestFactory().get("/")).status_code for view in views] == [200, 429]


@pytest.mark.parametrize(("options", "error"), [({"rate": "often"}, RateError), ({"on_outage": "maybe"}, ValueError)])
def test_a_mistake_is_told_where_it_is_written(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        limit(**{"rate": "1/h", **options})


def test_code_that_is_no_view_can_ask() -> None:
    assert [check_rate("import", "2/h").allowed for _ in range(3)] == [True, True, False]
    assert check_rate("import", "2/h", on_outage=OnOutage.CLOSED).retry_after > 0


def test_all_requests_of_an_address(serve: Serve, settings: Settings) -> None:
    part = settings.CONFIG.ratelimit.model_copy(update={"all": "2/h"})
    settings.CONFIG = replace(settings.CONFIG, ratelimit=part)

    answers = [
        serve(RateLimitMiddleware, lambda request: StreamingHttpResponse([b"x"]), REMOTE_ADDR=address)
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2")
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert answers[0].headers["RateLimit-Policy"] == '"all";q=2;w=3600'
