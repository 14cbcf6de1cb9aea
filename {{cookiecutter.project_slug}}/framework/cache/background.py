"""Computing a result anew while its callers go on with the one there is.

In a thread, or in a task of the event loop: what is computed depends on arguments that no queue could carry. One
process computes, the one that has the lease; a few results at a time. If it fails, the lease is kept until it ends, so
that a function that fails is tried again every ten seconds and not by every caller; the failure is logged.
"""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import Any, Final

from asgiref.sync import sync_to_async

from framework.logs import get_logger
from framework.threads import in_daemon_thread

from .lease import Lease, ProcessLease
from .statistics import count

MOST: Final = 4

logger = get_logger(__name__)

_running: dict[str, "Future[None] | asyncio.Task[None]"] = {}
_lock = threading.Lock()


def recompute(lease: Lease | ProcessLease, compute: Callable[[], Any]) -> None:
    """Call ``compute`` in a thread, unless that is being done, or :data:`MOST` others are."""
    with _lock:
        if lease.flight in _running or len(_running) >= MOST:
            return
        context = copy_context()
        _running[lease.flight] = in_daemon_thread(
            lambda: context.run(_recompute, lease, compute), name="cache-recompute"
        )


def arecompute(lease: Lease | ProcessLease, compute: Callable[[], Awaitable[Any]]) -> None:
    """Await ``compute`` in a task of the running loop, unless that is being done, or :data:`MOST` others are."""
    with _lock:
        if lease.flight in _running or len(_running) >= MOST:
            return
        _running[lease.flight] = asyncio.get_running_loop().create_task(_arecompute(lease, compute))


def finish_recomputing(seconds: float = 10.0) -> None:
    """Wait until what threads of this process compute at present is stored; for tests."""
    with _lock:
        futures = [each for each in _running.values() if isinstance(each, Future)]
    wait(futures, seconds)


def _recompute(lease: Lease | ProcessLease, compute: Callable[[], Any]) -> None:
    try:
        if lease.take():
            compute()
            lease.give_back()
            count("", "recomputed")
    except Exception:
        count("", "recompute_errors")
        logger.exception("cache_recompute_failed", key=lease.flight)
    finally:
        _forget(lease)


async def _arecompute(lease: Lease | ProcessLease, compute: Callable[[], Awaitable[Any]]) -> None:
    try:
        if await sync_to_async(lease.take)():
            await compute()
            await sync_to_async(lease.give_back)()
            count("", "recomputed")
    except Exception:
        count("", "recompute_errors")
        logger.exception("cache_recompute_failed", key=lease.flight)
    finally:
        _forget(lease)


def _forget(lease: Lease | ProcessLease) -> None:
    with _lock:
        _running.pop(lease.flight, None)


def _forget_all() -> None:
    # Their threads are in the parent, where one may hold the lock.
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
