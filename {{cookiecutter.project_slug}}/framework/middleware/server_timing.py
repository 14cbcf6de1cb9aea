"""Where the milliseconds went, in the browser's network panel."""

from contextlib import AbstractContextManager
from time import perf_counter

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .hooks import HookMiddleware
from .measure import measured


class ServerTimingMiddleware(HookMiddleware):
    """Adds ``Server-Timing`` (https://www.w3.org/TR/server-timing/); installed in debug mode only."""

    def around(self, request: HttpRequest) -> AbstractContextManager[object]:
        """Measure."""
        return measured()

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Tell what was measured."""
        with measured() as measurement:
            total = (perf_counter() - measurement.started) * 1000
        reads = measurement.cache
        response.headers["Server-Timing"] = (
            f'total;dur={total:.1f}, db;dur={measurement.database * 1000:.1f};desc="{measurement.queries} queries", '
            f'cache;dur={reads.seconds * 1000:.1f};desc="{reads.hits} hits, {reads.misses} misses"'
        )
        return response
