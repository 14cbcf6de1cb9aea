"""The views; limit and flag are on the sync one, since they ask Redis in a way that breaks async ones."""

# mypy: ignore-errors

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django_ratelimit.decorators import ratelimit
from waffle import flag_is_active


@ratelimit(key="ip", rate="10000000/m")
def plain(request: HttpRequest) -> HttpResponse:
    """Answer from a thread."""
    flag_is_active(request, "measured")
    return HttpResponse("plain")


async def quick(request: HttpRequest) -> HttpResponse:
    """Answer from the event loop."""
    return HttpResponse("quick")


urlpatterns = [path("plain", plain), path("quick", quick)]
