"""Asking the database, the cache and the broker whether they are there, each with a time limit."""

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from django.conf import settings
from django.core.cache import caches
from django.db import connections

from framework.errors import FrameworkError
from framework.logs import get_logger
from framework.tasks import ping
from framework.threads import in_daemon_thread

LIMIT_SECONDS: Final = 2.0

logger = get_logger(__name__)

_owed: dict[str, "Future[float]"] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What one dependency answered, and after how many milliseconds; ``error`` is empty when it is well."""

    name: str
    ms: float
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        return {"ok": not self.error, "ms": round(self.ms, 1), **({"error": self.error} if self.error else {})}


def run_probes() -> list[ProbeResult]:
    """Run all probes at once; none is waited for longer than ``LIMIT_SECONDS``."""
    started = perf_counter()
    waiting = {name: _ask(name, probe) for name, probe in PROBES.items()}
    return [_collect(name, future, started) for name, future in waiting.items()]


def _ask(name: str, probe: Callable[[], None]) -> "Future[float]":
    # While an answer is owed nothing more is asked: a server that hangs must not collect our threads.
    with _lock:
        owed = _owed.get(name)
        if owed is None or owed.done():
            owed = _owed[name] = in_daemon_thread(lambda: _timed(probe), name=f"probe-{name}")
        return owed


def _collect(name: str, future: "Future[float]", started: float) -> ProbeResult:
    left = max(0.0, LIMIT_SECONDS - (perf_counter() - started))
    try:
        return ProbeResult(name=name, ms=future.result(timeout=left))
    except TimeoutError:
        error = f"no answer within {LIMIT_SECONDS:g} s"
    except Exception as failure:  # noqa: BLE001 - whatever a client raises, the dependency is down
        # The class alone: messages of drivers quote addresses and user names.
        error = type(failure).__name__
        logger.warning("dependency_down", name=name, error=str(failure))
    return ProbeResult(name=name, ms=(perf_counter() - started) * 1000, error=error)


def _timed(probe: Callable[[], None]) -> float:
    started = perf_counter()
    probe()
    return (perf_counter() - started) * 1000


def _database() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    # The farthest tier: the nearer ones would answer from this process's memory.
    cache = caches[settings.CACHES["default"]["OPTIONS"]["TIERS"][-1]]
    key, value = f"readyz:{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, value, timeout=10)
    found = cache.get(key)
    cache.delete(key)
    if found != value:
        raise FrameworkError("The cache did not give back what was put into it")


PROBES: Final[dict[str, Callable[[], None]]] = {"database": _database, "cache": _cache, "broker": ping}
