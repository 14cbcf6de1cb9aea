"""The project as an application, of either kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.handlers import asgi, wsgi

from .direct import DIRECT
from .request_thread import borrowed_thread


class ASGIHandler(asgi.ASGIHandler):
    """Django's handler, whose requests borrow their thread."""

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        # A caller around the server may have brought one.
        if SyncToAsync.thread_sensitive_context.get() in SyncToAsync.context_to_thread_executor:
            await super().handle(scope, receive, send)
            return
        with borrowed_thread():
            await super().handle(scope, receive, send)


def get_asgi_application() -> asgi.ASGIHandler:
    """Return the project's application: Django's middlewares without thread hops, unless that is switched off.

    With ``MIDDLEWARE_LEAN`` it takes a request to no thread by itself, see :class:`LeanASGIHandler`.
    """
    django.setup(set_prefix=False)
    if not settings.CONFIG.middleware.direct:
        return asgi.ASGIHandler()
    with _direct_middleware():
        return _handler()()


def get_wsgi_application() -> wsgi.WSGIHandler:
    """Return the project's application for servers with threads, with the same middlewares."""
    django.setup(set_prefix=False)
    if not settings.CONFIG.middleware.direct:
        return wsgi.WSGIHandler()
    with _direct_middleware():
        return wsgi.WSGIHandler()


@contextmanager
def _direct_middleware() -> Iterator[None]:
    """Let a handler load our subclasses of Django's middlewares.

    ``settings.MIDDLEWARE`` keeps Django's names, which its deployment checks and other packages look for.
    """
    named = settings.MIDDLEWARE
    settings.MIDDLEWARE = [DIRECT.get(path, path) for path in named]
    try:
        yield
    finally:
        settings.MIDDLEWARE = named


def _handler() -> type[ASGIHandler]:
    if not settings.CONFIG.middleware.lean:
        return ASGIHandler
    from .lean import LeanASGIHandler

    return LeanASGIHandler
