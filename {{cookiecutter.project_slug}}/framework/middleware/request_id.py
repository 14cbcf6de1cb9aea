"""An id for every request: in its logs, in the tasks it sends, in its response."""

import re
import uuid
from contextlib import AbstractContextManager
from typing import Final, Protocol, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from framework.logs import bound_context

from .hooks import HookMiddleware

HEADER: Final = "X-Request-ID"
# What may go into a log line and a header as it stands; everything else is replaced.
ACCEPTED: Final = re.compile(r"[A-Za-z0-9._:-]{8,128}")
# https://www.w3.org/TR/trace-context/#traceparent-header
TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class RequestIDMiddleware(HookMiddleware):
    """Sets ``request.id`` and ``request.started_at``; takes over a valid ``X-Request-ID`` and ``traceparent``."""

    before = ("framework.middleware.access_log.AccessLogMiddleware",)

    def around(self, request: HttpRequest) -> AbstractContextManager[object]:
        """Bind the id to the log context of this thread or asyncio task."""
        return bound_context(**identify(request))

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Echo the id."""
        response.headers[HEADER] = cast("IdentifiedRequest", request).id
        return response


class IdentifiedRequest(Protocol):
    """A request as this middleware leaves it."""

    id: str


def identify(request: HttpRequest) -> dict[str, str]:
    """Give ``request`` its id and start time; return what belongs into the log context."""
    given = request.headers.get(HEADER, "")
    request_id = given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex
    vars(request).update(id=request_id, started_at=timezone.now())
    trace = TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    return {"request_id": request_id, **({"trace_id": trace[1]} if trace else {})}
