"""The ASGI application of the project."""

from typing import Any

import django
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.handlers import asgi

from .direct import DIRECT
from .request_thread import RequestThread


class ASGIHandler(asgi.ASGIHandler):
    """Django's handler, whose requests borrow their thread."""

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        context = SyncToAsync.thread_sensitive_context.get()
        # A caller around the server may have brought one.
        SyncToAsync.context_to_thread_executor.setdefault(context, RequestThread())
        await super().handle(scope, receive, send)


def get_asgi_application() -> asgi.ASGIHandler:
    """Return the project's application: Django's middlewares without thread hops, unless that is switched off.

    With ``MIDDLEWARE_LEAN`` it takes a request to no thread by itself, see :class:`LeanASGIHandler`.

    ``settings.MIDDLEWARE`` keeps Django's names, which its deployment checks and other packages look for.
    """
    django.setup(set_prefix=False)
    if not settings.CONFIG.middleware.direct:
        return asgi.ASGIHandler()
    named = settings.MIDDLEWARE
    settings.MIDDLEWARE = [DIRECT.get(path, path) for path in named]
    try:
        return _handler()()
    finally:
        settings.MIDDLEWARE = named


def _handler() -> type[ASGIHandler]:
    if not settings.CONFIG.middleware.lean:
        return ASGIHandler
    from .lean import LeanASGIHandler

    return LeanASGIHandler
