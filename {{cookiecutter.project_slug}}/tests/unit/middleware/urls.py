"""Addresses that only the tests have."""

from collections.abc import AsyncIterator

import dramatiq
from asgiref.sync import sync_to_async
from django.contrib import admin, messages
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


def visits(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


def note(request: HttpRequest) -> HttpResponse:
    messages.success(request, "noted")
    return HttpResponse("noted")


urlpatterns = [
    path("visits", visits),
    path("note", note),
    path("greeting", greeting),
    path("agreeting", agreeting),
    path("plain", plain),
    path("quick", quick),
    path("stream", stream),
    path("fails", fails),
    path("admin/", admin.site.urls),
]
