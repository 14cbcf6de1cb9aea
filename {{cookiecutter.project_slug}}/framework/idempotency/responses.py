"""A response as it is kept, and what is said about keys."""

from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase

REPLAYED: Final = "Idempotency-Replayed"
#: Nothing was carried out, and the same request may fare better later.
NOT_CARRIED_OUT: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a response is made of; ``headers`` are pairs of name and value, cookies among them."""

    status: int
    headers: list[list[str]]
    body: bytes

    @classmethod
    def of(cls, response: HttpResponseBase) -> "Kept | None":
        """Return what is to be kept of ``response``; ``None`` if it is a stream, or too long."""
        if not isinstance(response, HttpResponse) or len(response.content) > settings.CONFIG.idempotency.most_bytes:
            return None
        cookies = [["Set-Cookie", morsel.OutputString()] for morsel in response.cookies.values()]
        return cls(response.status_code, [*map(list, response.headers.items()), *cookies], response.content)

    def again(self) -> HttpResponse:
        """Return the response once more."""
        response = HttpResponse(self.body, status=self.status)
        del response.headers["Content-Type"]
        for name, value in self.headers:
            if name == "Set-Cookie":
                response.cookies.update(SimpleCookie(value))
            else:
                response.headers[name] = value
        response.headers[REPLAYED] = "true"
        return response


def was_carried_out(response: HttpResponseBase) -> bool:
    """Tell whether the request behind ``response`` must not be carried out again."""
    return response.status_code < 500 and response.status_code not in NOT_CARRIED_OUT


def refusal(status: HTTPStatus, text: str, *, retry_after: int | None = None) -> HttpResponse:
    """Return a plain response that says what to do."""
    response = HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
