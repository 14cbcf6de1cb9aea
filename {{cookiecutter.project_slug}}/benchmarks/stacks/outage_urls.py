"""Pages for ``benchmarks/web_outage.py``: some need the database or Redis, some need neither."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from framework.cache import cached, cached_page
from framework.features.models import FlagSwitch
from framework.ratelimit import ip, limit


async def plain(request: HttpRequest) -> HttpResponse:
    """Need nothing."""
    return HttpResponse("plain")


@limit("1000000/m", key=ip)
async def limited(request: HttpRequest) -> HttpResponse:
    """Ask Redis for a limit."""
    return HttpResponse("limited")


@cached(ttl="2s", key="outage:{number}", early=0)
def looked_up(number: int) -> int:
    """Stand for what takes a query."""
    return number


def kept(request: HttpRequest) -> HttpResponse:
    """Read the cache, and write it now and then."""
    return HttpResponse(str(looked_up(7)))


@cached_page("2s", stale_if_error="1h")
def page(request: HttpRequest) -> HttpResponse:
    """Be kept whole, made by a query."""
    return HttpResponse(str(FlagSwitch.objects.count()))


def queried(request: HttpRequest) -> HttpResponse:
    """Ask the database."""
    return HttpResponse(str(FlagSwitch.objects.count()))


async def session(request: HttpRequest) -> HttpResponse:
    """Read a session and write it."""
    await request.session.aset("visits", await request.session.aget("visits", 0) + 1)
    return HttpResponse("counted")


urlpatterns = [
    path("plain", plain),
    path("limited", limited),
    path("kept", kept),
    path("page", page),
    path("queried", queried),
    path("session", session),
]
