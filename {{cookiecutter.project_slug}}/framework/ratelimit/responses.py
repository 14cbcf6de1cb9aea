"""What a client is told: the headers of draft-ietf-httpapi-ratelimit-headers, and ``Retry-After`` of RFC 9110."""

from math import ceil

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from framework.rates import Rate

from .gcra import Decision


def too_many_requests(decision: Decision) -> HttpResponse:
    """Return the response with status 429."""
    seconds = max(1, ceil(decision.retry_after))
    text = f"Too many requests. Try again in {seconds} second{'s' if seconds > 1 else ''}.\n"
    response = HttpResponse(text, status=429, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


def tell(response: HttpResponseBase, name: str, rate: Rate, decision: Decision) -> None:
    """Say on ``response`` what the limit is and how much of it is left."""
    _append(response, "RateLimit-Policy", f'"{name}";q={rate.limit};w={rate.period}')
    _append(response, "RateLimit", f'"{name}";r={decision.remaining};t={ceil(decision.reset_after)}')


def _append(response: HttpResponseBase, header: str, item: str) -> None:
    there = response.headers.get(header)
    response.headers[header] = f"{there}, {item}" if there else item
