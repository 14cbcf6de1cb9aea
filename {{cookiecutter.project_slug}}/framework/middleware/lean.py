"""An ASGI handler for deployments whose views are async: what needs no thread takes none."""

import asyncio
from contextlib import closing
from functools import partial
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.cache import close_caches
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import get_script_prefix
from django.core.handlers.base import reset_urlconf
from django.db import close_old_connections, reset_queries
from django.dispatch import Signal
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from .application import ASGIHandler
from .request_thread import RequestThread, borrowed_thread

#: What Django connects to the start and the end of requests: it looks after the thread it is called in, and never waits
#: where that has no connections.
HOUSEKEEPING: Final = frozenset({close_old_connections, reset_queries, close_caches, reset_urlconf})


class LeanASGIHandler(ASGIHandler):
    """Django's handler without its two hops of every request, at its start and its end.

    They are there for receivers of ``request_started`` and ``request_finished``, which may wait. While nothing but
    Django's own are connected they are called on the event loop, unless the request uses a thread: then there.
    """

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, in the steps of Django's handler."""
        if _others_listen(type(self)):
            await super().handle(scope, receive, send)
            return
        with borrowed_thread(_enter_thread) as thread:
            await self._serve(thread, scope, receive, send)

    async def _serve(self, thread: RequestThread, scope: Any, receive: Any, send: Any) -> None:
        try:
            body_file = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body_file):
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=type(self), scope=scope)
            request, refusal = self.create_request(scope, body_file)
            if request is None and refusal is not None:
                await self.send_response(refusal, send)
            response = refusal if request is None else await self._respond(request, receive, send)
            close = partial(signals.request_finished.send, sender=type(self)) if response is None else response.close
            if thread.is_used:
                # Behind what may still run there, and needs what is closed.
                await sync_to_async(close)()
            else:
                close()

    async def _respond(self, request: Any, receive: Any, send: Any) -> HttpResponseBase | None:
        """Return the response that was sent, as far as it got; ``None`` when the client left before there was one."""
        response: HttpResponseBase | None = None
        try:
            try:
                async with asyncio.TaskGroup() as group:
                    listening = group.create_task(self.listen_for_disconnect(receive))
                    response = await self.run_get_response(request)
                    await self.send_response(response, send)
                    listening.cancel()
            except* RequestAborted:
                pass
        except BaseExceptionGroup as raised:
            if len(raised.exceptions) == 1:
                raise raised.exceptions[0] from None
            raise
        return response


def _enter_thread() -> None:
    reset_queries()
    close_old_connections()


def _others_listen(sender: type) -> bool:
    return any(_others(signal, sender) for signal in (signals.request_started, signals.request_finished))


def _others(signal: Signal, sender: type) -> bool:
    waiting, awaited = signal._live_receivers(sender)
    return bool(awaited) or not HOUSEKEEPING.issuperset(waiting)
