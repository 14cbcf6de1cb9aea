"""Where the milliseconds went, in the browser's network panel."""

from time import perf_counter
from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .hooks import HookMiddleware
from .measure import Measurement, measured


class ServerTimingMiddleware(HookMiddleware):
    """Adds ``Server-Timing`` (https://www.w3.org/TR/server-timing/); installed in debug mode only."""

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Serve and time."""
        started = perf_counter()
        with measured() as measurement:
            response = cast("HttpResponseBase", self.get_response(request))
        return _add(response, started, measurement)

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Serve and time."""
        started = perf_counter()
        with measured() as measurement:
            response = cast("HttpResponseBase", await self.get_response(request))
        return _add(response, started, measurement)


def _add(response: HttpResponseBase, started: float, measurement: Measurement) -> HttpResponseBase:
    total = (perf_counter() - started) * 1000
    response.headers["Server-Timing"] = (
        f'total;dur={total:.1f}, db;dur={measurement.database * 1000:.1f};desc="{measurement.queries} queries"'
    )
    return response
