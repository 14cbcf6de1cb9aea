"""Addresses that only the tests have."""

from collections.abc import AsyncIterator

import dramatiq
from asgiref.sync import sync_to_async
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from framework.logs import get_logger


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


@dramatiq.actor(actor_name="greet_in_the_log", queue_name="tests")
def greet(name: str) -> None:
    """Greet somebody, in the log."""
    get_logger(__name__).info("greeted", name=name)


def greeting(request: HttpRequest) -> HttpResponse:
    get_logger(__name__).info("asked")
    greet.send(str(request.user))
    return HttpResponse("soon")


async def agreeting(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    await sync_to_async(greet.send)(str(user))
    return HttpResponse("soon")


urlpatterns = [
    path("greeting", greeting),
    path("agreeting", agreeting),
    path("plain", plain),
    path("quick", quick),
    path("stream", stream),
    path("fails", fails),
    path("admin/", admin.site.urls),
]
