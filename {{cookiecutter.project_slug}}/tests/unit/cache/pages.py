"""Views whose pages are kept, for the tests."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csp import get_nonce
from django.middleware.csrf import get_token
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path

from framework.cache import cached_page

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
    look(request, why)
    return StreamingHttpResponse([body(request).content]) if why == "stream" else changed(body(request), why)


def look(request: HttpRequest, why: str) -> None:
    match why:
        case "session":
            assert request.session.get("nothing") is None
        case "user":
            assert request.user.is_anonymous
        case "token":
            get_token(request)
        case "nonce":
            assert str(get_nonce(request))


def changed(response: HttpResponse, why: str) -> HttpResponse:
    match why:
        case "cookie":
            response.set_cookie("a", "b")
        case "private":
            response.headers["Cache-Control"] = "private, max-age=9"
        case "no-store":
            response.headers["Cache-Control"] = "no-store"
        case "vary":
            response.headers["Vary"] = "Accept-Encoding, X-Shop"
        case "missing":
            response.status_code = 404
    return response


urlpatterns = [
    path("page/<int:number>", page),
    path("page-async/<int:number>", page_async),
    path("varied", varied),
    path("templated", templated),
    path("personal/<str:why>", personal),
]
