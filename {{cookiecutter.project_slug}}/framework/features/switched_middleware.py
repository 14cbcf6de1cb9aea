"""A middleware behind a flag."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from framework.middleware.hooks import GetResponse

from .evaluation import flag_is_active
from .flags import Flag, expect
from .snapshot import snapshot
from .visitors import load_user


def middleware_behind(flag: Flag | str, path: str) -> type[Any]:
    """Return a middleware that lets requests pass the one at ``path`` while ``flag`` is active for them.

    ``Beta = middleware_behind(BETA, "apps.beta.middleware.BetaMiddleware")`` in a module of yours, and the path of that
    name in ``MIDDLEWARE``. It must stand inside of authentication if the flag is not for everybody alike. Hooks that
    Django calls by itself, as ``process_view``, are not called. Raises ``ImportError`` where it is written.
    """
    inner: Any = import_string(path)
    expect(flag, f"the middleware {path}")

    class SwitchedMiddleware:
        """Chooses for each request."""

        sync_capable = getattr(inner, "sync_capable", True)
        async_capable = getattr(inner, "async_capable", False)

        def __init__(self, get_response: GetResponse) -> None:
            self._without: Callable[[HttpRequest], Any] = get_response
            self._with: Callable[[HttpRequest], Any] = inner(get_response)
            self._is_async = iscoroutinefunction(get_response)
            if self._is_async:
                markcoroutinefunction(self)

        def __call__(self, request: HttpRequest) -> Any:
            """Serve ``request``; under ASGI the result is a coroutine."""
            if self._is_async:
                return self._serve(request)
            return (self._with if flag_is_active(flag, request) else self._without)(request)

        async def _serve(self, request: HttpRequest) -> HttpResponseBase:
            await snapshot.aload()
            await load_user(request)
            response: HttpResponseBase = await (self._with if flag_is_active(flag, request) else self._without)(request)
            return response

    return SwitchedMiddleware
