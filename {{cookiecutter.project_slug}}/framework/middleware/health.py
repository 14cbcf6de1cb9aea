"""``/livez`` and ``/readyz`` for orchestrators and load balancers."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from framework.logs import get_logger

from .hooks import HookMiddleware
from .probes import run_probes

logger = get_logger("access")


class HealthMiddleware(HookMiddleware):
    """Answers before anything that needs a host name, a session or a database.

    ``/livez``: the process answers. ``/readyz``: database, cache and broker were really asked; 503 with
    the names of what is down.
    """

    before = ("framework.middleware.request_id.RequestIDMiddleware",)

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe, or pass on."""
        if request.path == "/readyz":
            return ready()
        return super().serve(request)

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe, or pass on; the checks run in threads."""
        if request.path == "/readyz":
            return await sync_to_async(ready, thread_sensitive=False)()
        return await super().serve_async(request)

    def enter(self, request: HttpRequest) -> HttpResponseBase | None:
        """Answer the one probe that asks for nothing."""
        return _answer("/livez", {"status": "ok"}) if request.path == "/livez" else None


def ready() -> JsonResponse:
    """Run the checks and say what they found."""
    results = run_probes()
    down = [result.name for result in results if result.error]
    body = {
        "status": "unavailable" if down else "ok",
        "down": down,
        "checks": {result.name: result.as_dict() for result in results},
    }
    return _answer("/readyz", body, status=503 if down else 200)


def _answer(path: str, body: dict[str, Any], *, status: int = 200) -> JsonResponse:
    # Probes come every few seconds, so they stay out of the log of an ordinary day.
    logger.debug("probe", path=path, status=status)
    response = JsonResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
