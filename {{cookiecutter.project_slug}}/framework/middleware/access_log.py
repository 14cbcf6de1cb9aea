"""One line for each request, when its last byte is on the way."""

from asyncio import CancelledError
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from time import perf_counter
from typing import Any, Final, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from framework.logs import get_logger

from .hooks import HookMiddleware
from .measure import Measurement, measured, resumed

CLIENT_LEFT: Final = 499

logger = get_logger("access")


class AccessLogMiddleware(HookMiddleware):
    """Logs method, path, status, milliseconds, queries, cache reads and thread hops; 499 when the client left."""

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Serve and log."""
        with measured() as measurement:
            response = cast("HttpResponseBase", self.get_response(request))
        return _log_at_end(request, response, measurement)

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Serve and log."""
        with measured() as measurement:
            try:
                response = cast("HttpResponseBase", await self.get_response(request))
            except CancelledError:
                _log(request, CLIENT_LEFT, measurement)
                raise
        return _log_at_end(request, response, measurement)


def _log_at_end(request: HttpRequest, response: HttpResponseBase, measurement: Measurement) -> HttpResponseBase:
    if not isinstance(response, StreamingHttpResponse):
        _log(request, response.status_code, measurement)
    elif response.is_async:
        content = cast("AsyncIterable[bytes]", response.streaming_content)
        response.streaming_content = _then_log_async(content, request, response, measurement)
    else:
        content_sync = cast("Iterable[bytes]", response.streaming_content)
        response.streaming_content = _then_log(content_sync, request, response, measurement)
    return response


def _then_log(
    content: Iterable[bytes], request: HttpRequest, response: HttpResponseBase, measurement: Measurement
) -> Iterator[bytes]:
    parts, progress = iter(content), Progress(response)
    try:
        while True:
            with resumed(measurement):
                part = next(parts, None)
            if part is None:
                break
            progress.sent += len(part)
            yield part
        progress.ended = True
    finally:
        _log(request, progress.status, measurement)


async def _then_log_async(
    content: AsyncIterable[bytes], request: HttpRequest, response: HttpResponseBase, measurement: Measurement
) -> AsyncIterator[bytes]:
    parts, progress = aiter(content), Progress(response)
    try:
        while True:
            with resumed(measurement):
                part = await anext(parts, None)
            if part is None:
                break
            progress.sent += len(part)
            yield part
        progress.ended = True
    finally:
        _log(request, progress.status, measurement)


class Progress:
    """How far a stream got."""

    def __init__(self, response: HttpResponseBase) -> None:
        self._response = response
        self.sent = 0
        self.ended = False

    @property
    def status(self) -> int:
        """The response's status, or 499; a client may leave once it has as many bytes as it was promised."""
        promised = self._response.headers.get("Content-Length", "")
        complete = self.ended or (promised.isdecimal() and self.sent >= int(promised))
        return self._response.status_code if complete else CLIENT_LEFT


def _log(request: HttpRequest, status: int, measurement: Measurement) -> None:
    fields: dict[str, Any] = {
        "method": request.method,
        "path": request.path,
        "status": status,
        "ms": round((perf_counter() - measurement.started) * 1000, 1),
        "queries": measurement.queries,
        "cache_hits": measurement.cache.hits,
        "cache_misses": measurement.cache.misses,
        "hops": measurement.hops,
    }
    # The context is gone when a stream ends.
    if request_id := vars(request).get("id"):
        fields["request_id"] = request_id
    if address := vars(request).get("client_ip"):
        fields["client_ip"] = address
    logger.info("request", **fields)
