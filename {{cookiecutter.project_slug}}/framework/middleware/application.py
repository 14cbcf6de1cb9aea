"""The project as an application, of either kind."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import django
from asgiref.sync import SyncToAsync, sync_to_async
from django.conf import settings
from django.core.handlers import asgi, wsgi
from django.dispatch import Signal

from framework.logs import get_logger

from .direct import DIRECT
from .request_thread import borrowed_thread

logger = get_logger(__name__)

#: Sent when the server of an ASGI application stops; receivers write what they still hold.
server_stops: Final = Signal()


class ASGIHandler(asgi.ASGIHandler):
    """Django's handler, whose requests borrow their thread; it also hears of the server's stop."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or the server's life (https://asgi.readthedocs.io/en/latest/specs/lifespan.html)."""
        if scope["type"] != "lifespan":
            await super().__call__(scope, receive, send)
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        for receiver, result in await sync_to_async(server_stops.send_robust)(sender=type(self)):
            if isinstance(result, Exception):
                logger.error("not_finished_at_stop", receiver=repr(receiver), error=str(result))
        await send({"type": "lifespan.shutdown.complete"})

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        # A caller around the server may have brought one.
        has_thread = SyncToAsync.thread_sensitive_context.get() in SyncToAsync.context_to_thread_executor
        with nullcontext() if has_thread else borrowed_thread():
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
