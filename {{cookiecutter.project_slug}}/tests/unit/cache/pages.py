"""Views whose pages are kept, for the tests."""

import asyncio
import time
from collections.abc import Callable
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csp import get_nonce
from django.middleware.csrf import get_token
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.gzip import gzip_page

from framework.cache import cached_page
from tests.patience import PATIENCE_SECONDS

#: A template that shows the user.
GREETING = Path(__file__).with_name("greeting.html")
#: How many times a view was asked, and what it does next.
made: list[str] = []
plan: dict[str, Any] = {}


def body(request: HttpRequest) -> HttpResponse:
    made.append(request.path)
    number = len(made)
    time.sleep(plan.get("sleep", 0))
    if plan.get("error"):
        raise plan["error"]
    return HttpResponse(f"page {number}", status=plan.get("status", 200))


TIMES: Any = {"stale_while_revalidate": 10, "stale_if_error": 100}

shop = cached_page("1m", tags=("shop:{number}",), **TIMES)


@shop
def page(request: HttpRequest, number: int) -> HttpResponse:
    return body(request)


@shop
async def page_async(request: HttpRequest, number: int) -> HttpResponse:
    return body(request)


@cached_page("1m", vary=("Accept-Language",), query=("page",), client_ttl="5m", **TIMES)
def varied(request: HttpRequest) -> HttpResponse:
    return body(request)


@cached_page("1m")
def templated(request: HttpRequest) -> TemplateResponse:
    made.append(request.path)
    return TemplateResponse(request, engines["django"].from_string("rendered"))


@cached_page("1m")
def personal(request: HttpRequest, why: str) -> Any:
    READ.get(why, lambda _: None)(request)
    return StreamingHttpResponse([body(request).content]) if why == "stream" else changed(body(request), why)


def greet(request: HttpRequest) -> str:
    return str(engines["django"].from_string(GREETING.read_text()).render({}, request))


#: What a view may read that is its visitor's own.
READ: dict[str, Callable[[Any], object]] = {
    "session": lambda request: request.session.get("nothing"),
    "session key": lambda request: request.session.session_key,
    "user": lambda request: request.user.is_anonymous,
    "user of a template": greet,
    "messages": lambda request: list(get_messages(request)),
    "a message": lambda request: messages.info(request, "seen once"),
    "cookies": lambda request: request.COOKIES.get("visitor"),
    "address": lambda request: request.META["REMOTE_ADDR"],
    "address of a middleware": lambda request: request.client_ip,
    "attributes": vars,
    "key": lambda request: request.headers.get("X-Api-Key"),
    "key of the server": lambda request: "HTTP_X_API_KEY" in request.META,
    "all headers": lambda request: dict(request.headers),
    "headers as a text": lambda request: repr(request.headers),
    "copied variables": lambda request: deepcopy(request.META)["REMOTE_ADDR"],
    "private attribute": lambda request: request._tenant,
    "content type": lambda request: request.content_type,
    "body": lambda request: request.body,
    "all variables": lambda request: request.META.copy(),
    "variables of the server": lambda request: [*request.environ.values()],
    "wanted type": lambda request: request.accepts("text/html"),
    "token": get_token,
    "nonce": lambda request: str(get_nonce(request)),
}


def changed(response: HttpResponse, why: str) -> HttpResponse:
    match why:
        case "cookie":
            response.set_cookie("a", "b")
        case "cookie in a header":
            response.headers["Set-Cookie"] = "a=b"
        case "private":
            response.headers["Cache-Control"] = "private, max-age=9"
        case "no-store":
            response.headers["Cache-Control"] = "no-store"
        case "vary":
            response.headers["Vary"] = "Accept-Encoding, X-Shop"
        case "missing":
            response.status_code = 404
    return response


def who_is_it(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Read, as a middleware for logs does, who the visitor is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        assert request.user.is_anonymous
        assert request.session.session_key is None
        return get_response(request)

    return middleware


@cached_page("1m")
def flashed(request: HttpRequest) -> HttpResponse:
    made.append(request.path)
    return HttpResponse("".join(map(str, get_messages(request))))


@cached_page("1m")
@gzip_page
def compressed(request: HttpRequest) -> HttpResponse:
    return HttpResponse(body(request).content * 1000)


@cached_page("1m", public=("client_ip",), vary=("X-Shop", "Accept", "Cookie"))
def named(request: HttpRequest) -> HttpResponse:
    assert request.client_ip  # type: ignore[attr-defined]
    assert request.accepts("text/html")
    assert "visitor" not in request.COOKIES
    assert request.META.get("HTTP_X_SHOP") == request.headers.get("x-shop")
    return body(request)


@cached_page("1m")
def plain(request: HttpRequest) -> HttpResponse:
    parts = [request.build_absolute_uri(), request.GET.get("page"), request.is_secure(), request.get_port()]
    assert all(part is not None for part in parts)
    assert request.resolver_match is not None
    assert engines["django"].from_string("page").render({}, request) == "page"
    return body(request)


@cached_page("1m")
def outer(request: HttpRequest) -> Any:
    made.append(request.path)
    return named(request)


@cached_page("1m")
def named_by_argument(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(f"hello {name}")


def greeting(request: HttpRequest) -> HttpResponse:
    """Tell two views apart by who asks, and one by what it is told."""
    if request.headers.get("X-Name") == "eve":
        return cached_page("1m")(body)(request)  # type: ignore[no-any-return]
    return named_by_argument(request, request.headers["X-Name"])  # type: ignore[no-any-return]


@cached_page("1m")
def refusing(request: HttpRequest) -> HttpResponse:
    assert plan["gate"].wait(PATIENCE_SECONDS)
    if request.headers.get("X-Name") == "eve":
        raise PermissionDenied
    return body(request)


@cached_page("1m", **TIMES)
def gone(request: HttpRequest) -> HttpResponse:
    if plan.get("gone"):
        raise Http404
    return body(request)


@cached_page("1m")
async def slow_name(request: HttpRequest) -> HttpResponse:
    plan["began"].set()
    await plan["go"].wait()
    return HttpResponse(request.headers["X-Name"])


@cached_page("1m")
async def quick(request: HttpRequest) -> HttpResponse:
    return HttpResponse("quick")


async def together(request: HttpRequest) -> HttpResponse:
    """Begin with the slow view, and let it read what it does when the quick one has ended."""
    plan.update(began=asyncio.Event(), go=asyncio.Event())
    second = asyncio.ensure_future(slow_name(request))
    # The second visitor's is answered from the cache if the first one's was kept.
    await asyncio.wait([second, asyncio.ensure_future(plan["began"].wait())], return_when=asyncio.FIRST_COMPLETED)
    first = await quick(request)
    plan["go"].set()
    return HttpResponse(first.content + b" " + (await second).content)


@cached_page("1m")
def outer_of_user(request: HttpRequest) -> Any:
    assert str(request.user.pk)
    return inner_of_user(request)


@cached_page("1m")
def inner_of_user(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"hello {request.user.pk}")


@cached_page("1m", query=("page",))
def links(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.get_full_path()} {sorted(request.GET)} {request.META['QUERY_STRING']}")


@cached_page("1m")
@xframe_options_exempt
@csp_override({"default-src": ["'none'"]})
def marked(request: HttpRequest) -> HttpResponse:
    return body(request)


@cached_page("1m")
def copying(request: HttpRequest) -> HttpResponse:
    assert copy(request).path == request.path
    return body(request)


@cached_page("1m")
def whole(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"whole " + page(request, 7).content)


def tenant(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Put something on the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request._tenant = "one"  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


urlpatterns = [
    path("greeting", greeting),
    path("refusing", refusing),
    path("gone", gone),
    path("together", together),
    path("links", links),
    path("files/<path:name>", named_by_argument),
    path("marked", marked),
    path("copying", copying),
    path("whole", whole),
    path("user", outer_of_user),
    path("page/<int:number>", page),
    path("page-async/<int:number>", page_async),
    path("varied", varied),
    path("templated", templated),
    path("personal/<str:why>", personal),
    path("compressed", compressed),
    path("flashed", flashed),
    path("named", named),
    path("outer", outer),
    path("plain", plain),
]
