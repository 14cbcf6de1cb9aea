"""A page as it is kept, and whether it may be."""

import time
from collections.abc import Collection
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csp import get_nonce
from django.utils.cache import get_conditional_response
from django.utils.http import parse_header_parameters

from .personal import is_watched

#: Compression happens outside of the view, if at all.
_HARMLESS: Final = frozenset({"accept-encoding"})
#: What Django's decorators leave for its middlewares.
_MARKS: Final[tuple[str, ...]] = ("xframe_options_exempt", "_csp_config", "_csp_ro_config")
_FORBIDDING: Final = frozenset({"private", "no-store"})


class Page(NamedTuple):
    """A response with status 200; ``headers`` are pairs, ``made_at`` in seconds of the epoch.

    ``marks`` are attributes by which decorators tell middlewares what to do with it.
    """

    headers: list[list[str]]
    body: bytes
    etag: str
    made_at: float
    marks: dict[str, Any] = {}  # noqa: RUF012 - a default of a tuple's

    @classmethod
    def of(cls, response: HttpResponse, *, control: str) -> "Page":
        """Return ``response`` as it is kept; ``control`` is its ``Cache-Control`` unless it has one."""
        body = response.content
        headers = [[name, value] for name, value in response.items() if name not in ("ETag", "Content-Length")]
        if "Cache-Control" not in response.headers:
            headers.append(["Cache-Control", control])
        etag = response.headers.get("ETag") or f'"{blake2b(body, digest_size=16).hexdigest()}"'
        marks = {name: vars(response)[name] for name in _MARKS if name in vars(response)}
        return cls(headers, body, etag, time.time(), marks)

    def answer(self, request: HttpRequest, state: str) -> HttpResponseBase:
        """Return the response to ``request``: 304 if its client has the page; ``state`` is what ``X-Cache`` says."""
        response = HttpResponse(self.body)
        vars(response).update(self.marks)
        for name, value in self.headers:
            response.headers[name] = value
        response.headers["ETag"] = self.etag
        response.headers["X-Cache"] = state
        if state != "miss":
            response.headers["Age"] = str(max(0, int(time.time() - self.made_at)))
        if is_watched(request):
            # It becomes part of another page.
            return response
        found: HttpResponseBase | None = get_conditional_response(request, etag=self.etag, response=response)
        return response if found is None else found


def unshareable(request: HttpRequest, response: HttpResponseBase, vary: Collection[str]) -> str | None:
    """Say why what one visitor got may not be given to others; ``None`` if it may.

    What the view has read is another question, of :mod:`.personal`.
    """
    known = vars(request)
    reasons = {
        "status": response.status_code != 200,
        "stream": not isinstance(response, HttpResponse),
        "cookie": bool(response.cookies) or "Set-Cookie" in response.headers,
        "form token": bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE")),
        "nonce": bool(get_nonce(request)),
        # Set by framework.features: who was asked by percentage, and by attributes.
        "flag": "visitor_id" in known or "is_personal" in known,
        "Cache-Control": bool(_FORBIDDING & _items(response, "Cache-Control")),
        "Vary": bool(_items(response, "Vary") - _HARMLESS - {name.lower() for name in vary}),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _items(response: HttpResponseBase, header: str) -> set[str]:
    parts = response.headers.get(header, "").split(",")
    return {parse_header_parameters(part)[0].partition("=")[0].strip().lower() for part in parts if part.strip()}
