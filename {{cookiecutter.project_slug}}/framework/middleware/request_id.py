"""An id for every request: in its logs, in the tasks it sends, in its response."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final, Protocol, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from framework.logs import bound_context, bound_user

from .hooks import HookMiddleware
from .users import known_user

HEADER: Final = "X-Request-ID"
# What may go into a log line and a header as it stands; everything else is replaced.
ACCEPTED: Final = re.compile(r"[A-Za-z0-9._:-]{8,128}")
# https://www.w3.org/TR/trace-context/#traceparent-header
TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class RequestIDMiddleware(HookMiddleware):
    """Sets ``request.id`` and ``request.started_at``; takes over a valid ``X-Request-ID`` and ``traceparent``."""

    before = ("framework.middleware.access_log.AccessLogMiddleware",)

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[None]:
        """Bind the id, and the user once known, to the log context of this thread or asyncio task."""
        with bound_context(**identify(request)), bound_user(partial(_key_of_user, request)):
            yield

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Echo the id."""
        response.headers[HEADER] = cast("IdentifiedRequest", request).id
        return response


class IdentifiedRequest(Protocol):
    """A request as this middleware leaves it."""

    id: str


def identify(request: HttpRequest) -> dict[str, str]:
    """Give ``request`` its id and start time; return what belongs into the log context."""
    # Asking `request.headers` would read them all.
    given = request.META.get("HTTP_X_REQUEST_ID")
    request_id = given if given and ACCEPTED.fullmatch(given) else secrets.token_hex(16)
    vars(request).update(id=request_id, started_at=timezone.now())
    parent = request.META.get("HTTP_TRACEPARENT")
    if parent and (trace := TRACEPARENT.fullmatch(parent)):
        return {"request_id": request_id, "trace_id": trace[1]}
    return {"request_id": request_id}


def _key_of_user(request: HttpRequest) -> str | None:
    user = known_user(request)
    return None if user is None else str(user.pk)
