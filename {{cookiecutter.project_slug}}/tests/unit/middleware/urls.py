"""Addresses that only the tests have."""

from collections.abc import AsyncIterator

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


async def quick(request: HttpRequest) -> HttpResponse:
    return HttpResponse("quick")


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    return StreamingHttpResponse(parts())


def fails(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [
    path("plain", plain),
    path("quick", quick),
    path("stream", stream),
    path("fails", fails),
    path("admin/", admin.site.urls),
]
