"""A visit to the running site over real HTTP: place an order and watch it go all the way."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic
from typing import Any, Final

import httpx

from .catalogue import Product
from .stages import STAGES

VISITOR: Final = {"product": Product.COFFEE.value, "quantity": "1", "email": "visitor@example.com"}
_ORDERS: Final = re.compile(r'id="summary-orders">\s*(\d+)')
# Stages are timed by several processes, and the database's clock where there is a server.
CLOCK_TOLERANCE_MS: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Visit:
    """What a visit saw; ``problems`` has one sentence for everything that was wrong."""

    url: str
    order: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    orders_before: int | None = None
    orders_after: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every step was observed, in order."""
        return not self.problems

    @property
    def missing(self) -> list[str]:
        """The names of the stages that were not observed."""
        seen = {step["name"] for step in self.steps}
        return [stage.name for stage in STAGES if stage.name not in seen]

    def as_dict(self) -> dict[str, Any]:
        """Return the visit for JSON."""
        return {
            "ok": self.ok,
            "url": self.url,
            "order": self.order,
            "total_ms": max((step["ms"] for step in self.steps), default=None),
            "steps": self.steps,
            "missing": self.missing,
            "orders_before": self.orders_before,
            "orders_after": self.orders_after,
            "problems": self.problems,
        }


def visit(url: str, *, timeout: float) -> Visit:
    """Place an order at ``url`` and follow it for at most ``timeout`` seconds; never raises for what it finds."""
    seen = Visit(url=url.rstrip("/"))
    deadline = monotonic() + timeout
    try:
        # The environment's proxies are for other hosts than the one a developer looks at.
        with httpx.Client(base_url=seen.url, timeout=timeout, trust_env=False) as client:
            _walk(client, seen, deadline)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        seen.problems.append(f"Nothing answers at {seen.url}; start the site with: manage.py up")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        seen.problems.append(f"The visit to {seen.url} failed: {str(error) or type(error).__name__}")
    else:
        seen.problems += _judge(seen, timeout)
    return seen


def _walk(client: httpx.Client, seen: Visit, deadline: float) -> None:
    seen.orders_before = _orders(client.get("/").raise_for_status())
    headers = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": f"{seen.url}/"}
    placed = client.post("/", data=VISITOR, headers=headers)
    if placed.status_code != httpx.codes.FOUND:
        raise ValueError(f"placing the order was answered with status {placed.status_code}")
    page = placed.headers["Location"]
    seen.order = page.strip("/").rpartition("/")[2]
    while seen.missing and monotonic() < deadline:
        for step in _follow(client, f"{page}steps", deadline):
            if step["name"] in seen.missing:
                seen.steps.append(step)
    client.get(page).raise_for_status()
    seen.orders_after = _orders(client.get("/").raise_for_status())


def _follow(client: httpx.Client, address: str, deadline: float) -> Iterator[dict[str, Any]]:
    """Yield the steps of one event stream until it ends or time is up."""
    name = ""
    patience = httpx.Timeout(5, read=max(deadline - monotonic(), 0.1))
    try:
        with client.stream("GET", address, timeout=patience) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                kind, _, value = line.partition(": ")
                if kind == "event":
                    name = value
                elif kind == "data" and name == "step":
                    yield json.loads(value)
                elif kind == "data" and name == "end":
                    return
                if monotonic() >= deadline:
                    return
    except httpx.ReadTimeout:
        return


def _orders(page: httpx.Response) -> int:
    found = _ORDERS.search(page.text)
    if found is None:
        raise ValueError(f"{page.url} shows no sales summary")
    return int(found[1])


def _judge(seen: Visit, timeout: float) -> list[str]:
    missing = seen.missing
    problems = [
        f"{stage.name}: not seen within {timeout:g} s; {stage.hint}" for stage in STAGES if stage.name in missing
    ]
    observed = {step["name"]: step for step in seen.steps}
    in_order = [observed[stage.name] for stage in STAGES if stage.name in observed]
    problems += [
        f"{later['name']}: seen at {later['ms']} ms, before {earlier['name']} at {earlier['ms']} ms"
        for earlier, later in pairwise(in_order)
        if later["ms"] < earlier["ms"] - CLOCK_TOLERANCE_MS
    ]
    grew = (seen.orders_after or 0) > (seen.orders_before or 0)
    if not problems and not grew:
        problems.append(f"The sales summary still shows {seen.orders_after} orders; it was not recomputed.")
    return problems
