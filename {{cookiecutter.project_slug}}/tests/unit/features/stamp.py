"""A middleware that marks what it has seen, and the same behind a flag."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from framework.features import middleware_behind
from framework.middleware import HookMiddleware


class Stamp(HookMiddleware):
    """Marks what it has seen."""

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Stamp the response."""
        response.headers["X-Stamp"] = "seen"
        return response


SwitchedStamp = middleware_behind("new_checkout", f"{__name__}.Stamp")
