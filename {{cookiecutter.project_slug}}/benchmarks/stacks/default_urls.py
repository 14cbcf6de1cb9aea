"""The views by themselves."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def plain(request: HttpRequest) -> HttpResponse:
    """Answer from a thread."""
    return HttpResponse("plain")


async def quick(request: HttpRequest) -> HttpResponse:
    """Answer from the event loop."""
    return HttpResponse("quick")


urlpatterns = [path("plain", plain), path("quick", quick)]
