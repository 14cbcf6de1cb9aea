"""The views, with a limit and a flag where the assembled stack can have them."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import path

from framework.features import Flag, flag_is_active
from framework.ratelimit import ip, limit

MEASURED = Flag(name="measured", owner="benchmarks", expires=date(2100, 1, 1))


@limit("10000000/m", key=ip)
def plain(request: HttpRequest) -> HttpResponse:
    """Answer from a thread."""
    flag_is_active(MEASURED, request)
    return HttpResponse("plain")


async def quick(request: HttpRequest) -> HttpResponse:
    """Answer from the event loop."""
    return HttpResponse("quick")


urlpatterns = [path("plain", plain), path("quick", quick)]
