"""Pages behind flags, for the tests."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import URLPattern, URLResolver, include, path

from framework.features import requires_flag, urls_behind

TEMPLATE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8").strip()


@requires_flag("new_checkout")
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("new")


@requires_flag("new_checkout")
async def guarded_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("new")


def templated(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(TEMPLATE).render({}, request))


async def asking(request: HttpRequest) -> HttpResponse:
    flags: Any = vars(request)["flags"]
    return HttpResponse("new" if await flags.aget("new_checkout") else "old")


def beta(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"beta {number}")


async def beta_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse("beta")


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


inner: list[URLPattern | URLResolver] = [
    path("deep/", include([path("<int:number>", beta, name="beta")])),
    path("async", beta_async),
]

urlpatterns = [
    path("plain", plain),
    path("admin/plain", plain),
    path("beta/", include((urls_behind("new_checkout", inner), "beta"))),
    path("guarded", guarded),
    path("guarded-async", guarded_async),
    path("templated", templated),
    path("asking", asking),
]
