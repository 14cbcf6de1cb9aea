"""Flags on the request."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from framework.middleware import HookMiddleware

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


class FeaturesMiddleware(HookMiddleware):
    """Sets ``request.flags``, and the cookie of a visitor for whom a share of all users was asked."""

    after = ("django.contrib.auth.middleware.AuthenticationMiddleware",)

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Serve once the flags are there: code on the event loop cannot wait for them when it asks."""
        if declared_flags():
            await snapshot.aload()
        return await super().serve_async(request)

    def enter(self, request: HttpRequest) -> HttpResponseBase | None:
        """Put the flags on the request."""
        vars(request)["flags"] = RequestFlags(request)
        return None

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Remember the visitor."""
        return remember_visitor(request, response)
