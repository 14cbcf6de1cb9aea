"""The steps of an order as server-sent events, each as soon as it was observed."""

import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from .models import Order
from .summary import Reading, read_summary
from .timeline import Observation, missing, observe

POLL_SECONDS: Final = 0.06
LIFETIME_SECONDS: Final = 30.0
HEARTBEAT_SECONDS: Final = 5.0


@require_GET
async def steps(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Stream what is observed of the order until it is complete, time is up or the client leaves."""
    order = await Order.objects.filter(public_id=public_id).afirst()
    if order is None:
        raise Http404
    response = StreamingHttpResponse(_events(order), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache, no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def _events(order: Order) -> AsyncIterator[str]:
    sent: set[str] = set()
    deadline = monotonic() + LIFETIME_SECONDS
    heard = monotonic()
    # Browsers wait this long before they ask again when the connection was lost.
    yield "retry: 1000\n\n"
    while True:
        observations, reading = await sync_to_async(_look)(order)
        for observation in observations:
            if observation.stage.name not in sent:
                sent.add(observation.stage.name)
                yield _event("step", observation.as_dict())
        if reading:
            yield _event("summary", _as_dict(reading))
        left = [stage.name for stage in missing(observations)]
        if not left or monotonic() >= deadline:
            yield _event("end", {"complete": not left, "missing": left})
            return
        if sent and monotonic() - heard >= HEARTBEAT_SECONDS:
            heard = monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


def _look(order: Order) -> tuple[list[Observation], Reading | None]:
    # A stream lives long: its connection goes back after each look, so that streams cannot use up the pool.
    try:
        observations = observe(order)
        names = {observation.stage.name for observation in observations}
        if "invalidated" not in names or "recomputed" in names:
            return observations, None
        reading = read_summary()
        return observe(order), reading
    finally:
        close_old_connections()


def _as_dict(reading: Reading) -> dict[str, Any]:
    return {
        "orders": reading.summary.orders,
        "revenue": f"{reading.summary.revenue:,.2f}",
        "recomputed": reading.recomputed,
        "took_ms": round(reading.took_ms, 2),
    }


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
