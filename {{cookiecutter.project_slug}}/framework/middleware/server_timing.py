"""Where the milliseconds went, in the browser's network panel."""

from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .hooks import HookMiddleware
from .measure import Measurement, measured
from .users import known_user

PERMISSION: Final = "middleware.view_server_timing"


class ServerTimingMiddleware(HookMiddleware):
    """Adds ``Server-Timing`` (https://www.w3.org/TR/server-timing/) in debug mode, and for whoever has the permission.

    Nobody else is told: times give away what is in a cache, or in a database. Only a user whom the view asked for is
    known here, so that looking costs no query of its own.
    """

    def around(self, request: HttpRequest) -> AbstractContextManager[object]:
        """Measure."""
        return measured()

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Tell what was measured to who may know."""
        user = _known_staff(request)
        if settings.DEBUG or (user is not None and user.has_perm(PERMISSION)):
            _tell(response)
        return response

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Serve, and tell what was measured to who may know."""
        with self.around(request):
            response: HttpResponseBase = await self.get_response(request)
            user = _known_staff(request)
            if settings.DEBUG or (user is not None and await user.ahas_perm(PERMISSION)):
                _tell(response)
            return response


def _known_staff(request: HttpRequest) -> Any:
    user = known_user(request)
    return user if user is not None and user.is_staff else None


def _tell(response: HttpResponseBase) -> None:
    with measured() as measurement:
        response.headers["Server-Timing"] = ", ".join(_entries(measurement))


def _entries(measurement: Measurement) -> list[str]:
    reads = measurement.cache
    total = perf_counter() - measurement.started
    entries = [
        f"total;dur={total * 1000:.1f}",
        f'db;dur={measurement.database * 1000:.1f};desc="{measurement.queries} queries"',
        f'cache;dur={reads.seconds * 1000:.1f};desc="{reads.hits} hits, {reads.misses} misses"',
    ]
    if measurement.templates:
        entries.append(f"template;dur={measurement.templates * 1000:.1f}")
    return entries
