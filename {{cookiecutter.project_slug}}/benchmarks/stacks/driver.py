"""One stack in a process of its own: ``python -m benchmarks.stacks.driver migrate|threads|loop|serve NUMBER``."""

import asyncio
import json
import sys
import time
from statistics import median
from typing import Any, Final

import django
import uvicorn
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.management import call_command
from django.test import RequestFactory

django.setup()

BATCH: Final = 50
ADDRESS: Final = "203.0.113.9"


def application() -> ASGIHandler:
    """Return the stack's ASGI application."""
    if settings.SETTINGS_MODULE != "benchmarks.stacks.ours":
        return ASGIHandler()
    from framework.middleware import get_asgi_application

    return get_asgi_application()


def threads(number: int) -> dict[str, float]:
    """Return what one request to the sync view costs under WSGI, in microseconds."""
    from django.core.handlers.wsgi import WSGIHandler

    handler, requests = WSGIHandler(), RequestFactory(REMOTE_ADDR=ADDRESS)
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
    really = SyncToAsync.__call__

    async def counted(self: SyncToAsync[..., Any], *args: Any, **kwargs: Any) -> Any:
        nonlocal taken
        taken += 1
        return await really(self, *args, **kwargs)

    async def ask(path: str) -> None:
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

    async def measure() -> dict[str, float]:
        nonlocal taken
        found: dict[str, float] = {}
        for path, view in (("/plain", "sync"), ("/quick", "async")):
            for _ in range(BATCH):
                await ask(path)
            spent = []
            for _ in range(number):
                began = time.perf_counter()
                await ask(path)
                spent.append((time.perf_counter() - began) * 1e6)
            taken = 0
            await ask(path)
            found[f"hops, {view} view"] = taken
            found[f"ASGI, {view} view, us"] = median(spent)
        return found

    handler: Any = application()
    SyncToAsync.__call__ = counted  # type: ignore[method-assign]
    return asyncio.run(measure())


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
        sys.stdout.write(json.dumps(threads(number) if action == "threads" else loop(number)) + "\n")
