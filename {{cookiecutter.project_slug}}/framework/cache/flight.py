"""Computing a missing value once: one thread of a process flies, and one process holds the lease.

Waiters in the process sleep until the flight lands; other processes look for the value with growing
pauses. Nobody waits longer than a lease lasts: then they compute for themselves.
"""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from django.core.cache.backends.base import BaseCache
from django.db import Error as DatabaseError

LEASE_SECONDS: Final = 10
SHORTEST_PAUSE: Final = 0.005
LONGEST_PAUSE: Final = 0.05


class Flight:
    """One computation that others wait for."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.value: Any = None
        self.succeeded = False


_flights: dict[str, Flight] = {}
_lock: Final = threading.Lock()


def compute_once(
    shared: BaseCache, key: str, compute: Callable[[], Any], look: Callable[[], Any], missing: object
) -> Any:
    """Return what ``compute`` returns, called by one of all who ask for ``key`` now.

    ``look`` reads the cache and returns ``missing`` if the value is not there yet. What ``compute`` raises
    reaches the one who computed; the others compute for themselves.
    """
    with _lock:
        flight = _flights.get(key)
        leads = flight is None
        if flight is None:
            flight = _flights[key] = Flight()
    if not leads:
        if flight.landed.wait(LEASE_SECONDS) and flight.succeeded:
            return flight.value
        return compute()
    try:
        flight.value = _across_processes(shared, f"lease:{key}", compute, look, missing)
        flight.succeeded = True
        return flight.value
    finally:
        with _lock:
            _flights.pop(key, None)
        flight.landed.set()


def _across_processes(
    shared: BaseCache, lease: str, compute: Callable[[], Any], look: Callable[[], Any], missing: object
) -> Any:
    token = secrets.token_hex(8)
    deadline = time.monotonic() + LEASE_SECONDS
    pause = SHORTEST_PAUSE
    while time.monotonic() < deadline:
        if _take(shared, lease, token):
            try:
                # Somebody may have stored it between our miss and our lease.
                return found if (found := look()) is not missing else compute()
            finally:
                _give_back(shared, lease, token)
        if (found := look()) is not missing:
            return found
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return compute()


def _take(shared: BaseCache, lease: str, token: str) -> bool:
    try:
        return bool(shared.add(lease, token, LEASE_SECONDS))
    except Exception:  # noqa: BLE001 - without the shared tier everybody computes; nobody waits for it
        return True


def _give_back(shared: BaseCache, lease: str, token: str) -> None:
    with suppress(OSError, DatabaseError):
        if shared.get(lease) == token:
            shared.delete(lease)
