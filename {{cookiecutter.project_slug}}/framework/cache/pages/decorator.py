"""``@cached_page``."""

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from framework.cache.dependencies import depend_on
from framework.cache.duration import Duration, seconds

from .identity import Identity
from .kept_view import AsyncKeptView, KeptView
from .lifetime import PageLifetime


def cached_page(
    ttl: Duration,
    *,
    tags: Sequence[str] = (),
    depends_on: Sequence[type[Model] | str] = (),
    stale_while_revalidate: Duration | None = None,
    stale_if_error: Duration | None = None,
    client_ttl: Duration | None = None,
    vary: Collection[str] = (),
    query: Collection[str] | None = None,
    public: Collection[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Keep the pages of a view for ``ttl`` (``"10m"``, seconds, a ``timedelta``); for sync and async views.

    ``tags`` are templates over the view's parameters and ``depends_on`` names models, as those of ``@cached``. After
    its end a page is served for ``stale_while_revalidate`` while it is made anew in the background, and for
    ``stale_if_error`` if making it fails or answers 5xx (RFC 5861). Browsers ask each time and get 304 while they have
    the page; for ``client_ttl`` they do not ask, and no invalidation reaches them. A page is kept for each value of the
    headers in ``vary``, and of the parameters in ``query``, without which the whole query counts.

    Never kept is what was made for one visitor, that is, when the view or its template read the session, the user,
    messages, a cookie, the client's address, a header that is not in ``vary`` or what a middleware has put on the
    request, except the attributes named by ``public``; nor what has a form's token, a nonce, a cookie or
    ``Cache-Control: private``. Raises :class:`InvalidTTLError` or :class:`InvalidKeyTemplateError` where it is written.
    """
    lifetime = PageLifetime(
        good=seconds(ttl) or 0.0,
        revalidate=seconds(stale_while_revalidate) or 0.0,
        error=seconds(stale_if_error) or 0.0,
        client=seconds(client_ttl) or 0.0,
    )
    identity = Identity(tuple(vary), None if query is None else tuple(sorted(query)))
    all_tags = (*tags, *depend_on(depends_on))

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(view):
            awaited = AsyncKeptView(view, lifetime, identity, all_tags, frozenset(public))

            @wraps(view)
            async def serve_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                return await awaited.serve(request, args, kwargs)

            return serve_async
        kept = KeptView(view, lifetime, identity, all_tags, frozenset(public))

        @wraps(view)
        def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return kept.serve(request, args, kwargs)

        return serve

    return decorate
