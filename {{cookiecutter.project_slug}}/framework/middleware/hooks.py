"""What our middlewares share: one class that serves threads and event loops alike."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Final, cast

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

type GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

_NOTHING: Final = nullcontext()


class HookMiddleware:
    """A middleware written as quick functions, ``around``, ``enter`` and ``leave``; none of them may block.

    ``after`` and ``before`` name the middlewares that must stand outside and inside of this one.
    """

    sync_capable: ClassVar[bool] = True
    async_capable: ClassVar[bool] = True
    after: ClassVar[tuple[str, ...]] = ()
    before: ClassVar[tuple[str, ...]] = ()

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Serve ``request``; under ASGI the result is a coroutine."""
        if self.is_async:
            return self.serve_async(request)
        return self.serve(request)

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Serve in a thread."""
        with self.around(request):
            early = self.enter(request)
            return self.leave(request, early or cast("HttpResponseBase", self.get_response(request)))

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Serve on the event loop."""
        with self.around(request):
            early = self.enter(request)
            return self.leave(request, early or cast("HttpResponseBase", await self.get_response(request)))

    def around(self, request: HttpRequest) -> AbstractContextManager[object]:
        """Return what is held from before ``enter`` until after ``leave``, also when the view raises."""
        return _NOTHING

    def enter(self, request: HttpRequest) -> HttpResponseBase | None:
        """Look at the request; a response returned here is the answer."""
        return None

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Look at the response and return it."""
        return response
