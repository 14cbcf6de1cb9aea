"""Flags on the request."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, ClassVar

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .evaluation import flag_is_active
from .flags import Flag, declared_flags
from .snapshot import snapshot
from .visitors import load_user, remember_visitor


class RequestFlags:
    """``request.flags["new_checkout"]``: evaluated when asked, then the same for the whole request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._known: dict[str, bool] = {}

    def __getitem__(self, flag: Flag | str) -> bool:
        name = flag if isinstance(flag, str) else flag.name
        if name not in self._known:
            self._known[name] = flag_is_active(flag, self._request)
        return self._known[name]

    async def aget(self, flag: Flag | str) -> bool:
        """Return the same in async code, where the user has to be awaited."""
        await snapshot.aload()
        await load_user(self._request)
        return self[flag]


class FeaturesMiddleware:
    """Sets ``request.flags``, and the cookie of a visitor for whom a share of all users was asked."""

    sync_capable: ClassVar[bool] = True
    async_capable: ClassVar[bool] = True
    after: ClassVar[tuple[str, ...]] = ("django.contrib.auth.middleware.AuthenticationMiddleware",)

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Serve ``request`` with its flags."""
        vars(request)["flags"] = RequestFlags(request)
        if self.is_async:
            return self._serve_async(request)
        return remember_visitor(request, self.get_response(request))

    async def _serve_async(self, request: HttpRequest) -> HttpResponseBase:
        if declared_flags():
            await snapshot.aload()
        return remember_visitor(request, await self.get_response(request))
