"""Nobody is given a page that depends on what somebody else's request said, whatever a view reads of it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from asgiref.sync import async_to_sync
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import AsyncRequestFactory, RequestFactory
from hypothesis import given, settings as hypothesis_settings, strategies as st
from pytest_django import Settings

from framework.cache import cached_page, time_passes
from tests.unit.cache.configurations import tiered

type Visitor = Mapping[str, str]

GREETING: Final = Path(__file__).parents[1] / "unit" / "cache" / "greeting.html"

#: What a visitor's request says, each in one of two ways.
ONES_OWN: Final = ("cookie", "shop", "accept", "language", "key", "address", "user", "session", "message", "tenant")
visitors = st.fixed_dictionaries({name: st.sampled_from(["1", "2"]) for name in (*ONES_OWN, "query", "path")})


class Somebody:
    """A user."""

    def __init__(self, pk: str) -> None:
        self.pk = pk


def variables(request: Any) -> Any:
    return request.scope["headers"] if isinstance(request, ASGIRequest) else request.environ["HTTP_X_KEY"]


READERS: Final[dict[str, Callable[[Any], object]]] = {
    "nothing": lambda request: "",
    "path": lambda request: request.path,
    "query": lambda request: request.GET["q"],
    "uri": lambda request: request.build_absolute_uri(),
    "cookies": lambda request: request.COOKIES.get("c"),
    "all cookies": lambda request: sorted(request.COOKIES.items()),
    "cookie variable": lambda request: request.META["HTTP_COOKIE"],
    "shop": lambda request: request.headers["x-shop"],
    "shop variable": lambda request: request.META.get("HTTP_X_SHOP"),
    "accept": lambda request: request.accepts("text/1"),
    "preferred": lambda request: request.get_preferred_type(["text/1", "text/2"]),
    "language": lambda request: request.headers.get("Accept-Language"),
    "key": lambda request: "1" in request.headers["X-Key"],
    "headers": lambda request: sorted(request.headers.items()),
    "all variables": lambda request: [str(value) for name, value in request.META.items() if "HTTP" in name],
    "copied variables": lambda request: request.META.copy()["REMOTE_ADDR"],
    "server's variables": variables,
    "address": lambda request: request.META["REMOTE_ADDR"],
    "user": lambda request: request.user.pk,
    "user's class": lambda request: (request.user.__class__.__name__, request.user.pk),
    "greeting": lambda request: engines["django"].from_string(GREETING.read_text()).render({}, request),
    "session": lambda request: request.session["value"],
    "messages": lambda request: "".join(map(str, get_messages(request))),
    "tenant": lambda request: request.tenant,
    "attributes": lambda request: vars(request)["tenant"],
}
views = st.lists(st.sampled_from(sorted(READERS)), max_size=3)
headers = st.sets(st.sampled_from(["X-Shop", "Accept", "Accept-Language", "Cookie"]))


def ask(factory: RequestFactory | AsyncRequestFactory, visitor: Visitor, method: str = "GET") -> HttpRequest:
    """Return the request of ``visitor``, as middlewares hand it to a view."""
    is_async = isinstance(factory, AsyncRequestFactory)
    own: Any = {} if is_async else {"REMOTE_ADDR": f"10.0.0.{visitor['address']}"}
    request: Any = factory.generic(
        method,
        f"/{visitor['path']}?q={visitor['query']}",
        headers={
            "Cookie": f"c={visitor['cookie']}",
            "X-Shop": visitor["shop"],
            "Accept": f"text/{visitor['accept']}",
            "Accept-Language": visitor["language"],
            "X-Key": visitor["key"],
        },
        **own,
    )
    if is_async:
        request.META["REMOTE_ADDR"] = f"10.0.0.{visitor['address']}"
    request.user = Somebody(visitor["user"])
    request.session = {"value": visitor["session"]}
    request._messages = [visitor["message"]]
    request.tenant = visitor["tenant"]
    return request  # type: ignore[no-any-return]


@pytest.mark.random
@pytest.mark.parametrize("kind", ["sync", "async", "template"])
def test_nobody_gets_what_depends_on_somebody_else(kind: str, settings: Settings, tmp_path: Path) -> None:
    settings.CACHES = tiered(["memory"], tmp_path)

    @hypothesis_settings(max_examples=50)
    @given(
        read=views,
        vary=headers,
        asked=st.lists(st.tuples(visitors, st.sampled_from([0, 0, 70]), st.sampled_from(["GET", "HEAD"])), max_size=6),
    )
    def check(read: list[str], vary: set[str], asked: list[tuple[Visitor, int, str]]) -> None:
        caches["default"].clear()
        keep = cached_page("1m", vary=sorted(vary), stale_while_revalidate="1h")

        def text(request: HttpRequest) -> str:
            return repr([READERS[name](request) for name in read])

        @keep
        def view(request: HttpRequest) -> HttpResponse:
            if kind == "template":
                return TemplateResponse(request, engines["django"].from_string(text(request)))
            return HttpResponse(text(request))

        @keep
        async def aview(request: HttpRequest) -> HttpResponse:
            return HttpResponse(text(request))

        factory = AsyncRequestFactory() if kind == "async" else RequestFactory()
        passed = 0
        for visitor, seconds, method in asked:
            passed += seconds
            with time_passes(passed):
                request = ask(factory, visitor, method)
                answer = async_to_sync(aview)(request) if kind == "async" else view(request)
            if isinstance(answer, TemplateResponse):
                answer.render()
            assert answer.content.decode() == text(ask(factory, visitor, method))

    check()
