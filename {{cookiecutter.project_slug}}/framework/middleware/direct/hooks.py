"""Django's hooks on the event loop."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


class DirectHooks(MiddlewareMixin):
    """Mixed in before one of Django's middlewares; what a hook does stays Django's.

    ``waits_for_request`` and ``waits_for_response`` tell whether the hook would wait for a database or the like.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._enter: Callable[..., Any] | None = getattr(self, "process_request", None)
        self._leave: Callable[..., Any] | None = getattr(self, "process_response", None)

    def waits_for_request(self, request: HttpRequest) -> bool:
        """Tell whether ``process_request`` belongs in a thread."""
        return False

    def waits_for_response(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Tell whether ``process_response`` belongs in a thread."""
        return False

    def __call__(self, request: HttpRequest) -> Any:
        """Serve in a thread as ``MiddlewareMixin`` does, without looking each time which hooks there are."""
        if self.async_mode:
            return self.__acall__(request)
        response = self._enter(request) if self._enter else None
        response = response or self.get_response(request)
        return self._leave(request, response) if self._leave else response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve on the event loop, as ``MiddlewareMixin`` does in threads."""
        response: Any = None
        if (enter := self._enter) is not None:
            response = await sync_to_async(enter)(request) if self.waits_for_request(request) else enter(request)
        if response is None:
            # Always a coroutine here; the stubs allow for both.
            response = await cast("Awaitable[HttpResponseBase]", self.get_response(request))
        if (leave := self._leave) is None:
            return response  # type: ignore[no-any-return]
        if self.waits_for_response(request, response):
            return await sync_to_async(leave)(request, response)  # type: ignore[no-any-return]
        return leave(request, response)  # type: ignore[no-any-return]
