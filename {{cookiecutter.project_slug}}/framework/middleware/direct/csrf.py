"""Django's CSRF protection, in a thread only when a form is read or the secret is in the session."""

from collections.abc import Callable
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import csrf

from framework.middleware.hooks import GetResponse

from .hooks import DirectHooks

#: RFC 9110, section 9.2.1, as Django's own list.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class CsrfViewMiddleware(DirectHooks, csrf.CsrfViewMiddleware):
    """Checks the token of unsafe methods."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        if self.async_mode:
            # Django's handler asks the instance for it, and takes what is no coroutine function to a thread.
            vars(self)["process_view"] = self._process_view_async

    def waits_for_request(self, request: HttpRequest) -> bool:
        """The session is read for the secret in it."""
        return settings.CSRF_USE_SESSIONS

    def waits_for_response(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """The session is written."""
        return settings.CSRF_USE_SESSIONS and bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))

    async def _process_view_async(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        check = super().process_view
        if request.method in SAFE_METHODS or getattr(view, "csrf_exempt", False):
            return check(request, view, args, kwargs)
        return await sync_to_async(check)(request, view, args, kwargs)
