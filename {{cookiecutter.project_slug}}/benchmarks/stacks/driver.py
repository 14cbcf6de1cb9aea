"""One stack in a process of its own: ``python -m benchmarks.stacks.driver migrate|threads|loop|each|serve NUMBER``."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import django
import uvicorn
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import RequestFactory

from benchmarks.stacks.each import REST, Clock, watch_each

django.setup()

BATCH: Final = 50
ADDRESS: Final = "203.0.113.9"


def is_ours() -> bool:
    """Return whether this is the project's stack."""
    return settings.SETTINGS_MODULE.startswith("benchmarks.stacks.ours")


def application() -> ASGIHandler:
    """Return the stack's ASGI application."""
    if not is_ours():
        return ASGIHandler()
    from framework.middleware import get_asgi_application

    return get_asgi_application()


def threaded_application() -> WSGIHandler:
    """Return the stack's WSGI application."""
    if not is_ours():
        return WSGIHandler()
    from framework.middleware import get_wsgi_application

    return get_wsgi_application()


def threads(number: int) -> dict[str, float]:
    """Return what one request to the sync view costs under WSGI, in microseconds."""
    handler, requests = threaded_application(), RequestFactory(REMOTE_ADDR=ADDRESS)
    spent = []
    for _ in range(number // BATCH):
        batch = [requests.get("/plain") for _ in range(BATCH)]
        began = time.perf_counter()
        for request in batch:
            response = handler.get_response(request)
            assert response.status_code == 200, response
        spent.append((time.perf_counter() - began) / BATCH * 1e6)
    # The first ones import what is needed.
    return {"WSGI, us": median(spent[1:])}


def loop(number: int) -> dict[str, float]:
    """Return how many times a request goes to a thread under ASGI, for each kind of view, and what it costs there."""
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1

    async def measure() -> dict[str, float]:
        nonlocal taken
        found: dict[str, float] = {}
        for path, view in (("/plain", "sync"), ("/quick", "async")):
            for _ in range(BATCH):
                await ask(handler, path)
            spent = []
            for _ in range(number):
                began = time.perf_counter()
                await ask(handler, path)
                spent.append((time.perf_counter() - began) * 1e6)
            taken = 0
            await ask(handler, path)
            found[f"hops, {view} view"] = taken
            found[f"ASGI, {view} view, us"] = median(spent)
        return found

    handler = application()
    on_each_hop(count)
    return asyncio.run(measure())


def each(number: int) -> dict[str, dict[str, float]]:
    """Return what each middleware costs: microseconds under WSGI, hops under ASGI with the sync view."""
    from framework.middleware.direct import DIRECT

    clock = Clock()
    watch_each(clock)
    handler, requests = threaded_application(), RequestFactory(REMOTE_ADDR=ADDRESS)
    spent: dict[str, list[float]] = {}
    for _ in range(number):
        request = requests.get("/plain")
        clock.reset()
        handler.get_response(request)
        for path, seconds in clock.seconds.items():
            spent.setdefault(path, []).append(seconds * 1e6)

    async def hop() -> None:
        for _ in range(2):
            clock.reset()
            await ask(served, "/plain")

    served = application()
    on_each_hop(clock.hop)
    asyncio.run(hop())
    loaded = {path: DIRECT.get(path, path) for path in settings.MIDDLEWARE} | {REST: REST}
    return {path: {"us": median(spent[name]), "hops": clock.hops[name]} for path, name in loaded.items()}


def on_each_hop(note: Callable[[], None]) -> None:
    """Call ``note`` whenever something is taken to a thread."""
    really = SyncToAsync.__call__

    async def noted(self: SyncToAsync[..., Any], *args: Any, **kwargs: Any) -> Any:
        note()
        return await really(self, *args, **kwargs)

    SyncToAsync.__call__ = noted  # type: ignore[method-assign]


async def ask(handler: Any, path: str) -> None:
    """Send one request, as a server does."""
    request, never = [{"type": "http.request", "body": b""}], asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not request:
            await never.wait()
        return request.pop()

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200, message

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "client": (ADDRESS, 1),
    }
    await handler(scope, receive, send)


def serve(port: int) -> None:
    """Serve until killed, as the project's own command does."""
    uvicorn.run(
        application(),
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    action, number = sys.argv[1], int(sys.argv[2])
    if action == "migrate":
        call_command("migrate", verbosity=0)
    elif action == "serve":
        serve(number)
    else:
        measured = {"threads": threads, "loop": loop, "each": each}[action](number)
        sys.stdout.write(json.dumps(measured) + "\n")
