"""Views that are not carried out without a key."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest

from .keys import HEADER, UNSAFE_METHODS
from .responses import refusal


def requires_idempotency_key[View: Callable[..., Any]](view: View) -> View:
    """Answer 400 to unsafe requests without an ``Idempotency-Key``; for sync and async views."""

    def is_missing(request: HttpRequest) -> bool:
        return request.method in UNSAFE_METHODS and HEADER not in request.headers

    text = f"This request needs the header {HEADER}, so that it can be sent again without being carried out twice."
    if iscoroutinefunction(view):

        @wraps(view)
        async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return (
                refusal(HTTPStatus.BAD_REQUEST, text) if is_missing(request) else await view(request, *args, **kwargs)
            )
    else:

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if is_missing(request):
                return refusal(HTTPStatus.BAD_REQUEST, text)
            return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]  # wraps() keeps the signature
