"""Computing a missing value once: of the threads of a process one flies, and it asks for the lease.

The others sleep until it lands. They get a value of their own to change, or the same exception; nobody waits
longer than a lease lasts, then they compute for themselves.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

from .lease import WAIT_SECONDS, Lease, ProcessLease, compute_under
from .packing import Loads, pack, unpack


class Flight:
    """One computation that others wait for."""

    def __init__(self) -> None:
        self.pilot = threading.get_ident()
        self.landed = threading.Event()
        self.passengers = 0
        self.kept: tuple[Any, Loads | None] | None = None
        self.error: Exception | None = None

    def land(self, value: Any) -> None:
        """Keep ``value`` for those who wait, before the pilot's caller can change it."""
        if self.passengers:
            self.kept = pack(value)


_flights: dict[str, Flight] = {}
_lock = threading.Lock()


def compute_once(lease: Lease | ProcessLease, compute: Callable[[], Any], look: Callable[[], Any]) -> Any:
    """Return what ``compute`` returns, called by one of all who ask for the lease's key now.

    ``look`` reads the cache and returns ``MISSING`` if the value is not there yet.
    """
    with _lock:
        flight = _flights.get(lease.flight)
        leads = flight is None
        if flight is None:
            flight = _flights[lease.flight] = Flight()
        else:
            flight.passengers += 1
    if leads:
        return _fly(flight, lease, compute, look)
    # A function that asks for its own value would wait for itself.
    if flight.pilot == threading.get_ident() or not flight.landed.wait(WAIT_SECONDS):
        return compute()
    if flight.error is not None:
        raise flight.error
    if flight.kept is None:
        return compute()
    return unpack(*flight.kept)


def _fly(flight: Flight, lease: Lease | ProcessLease, compute: Callable[[], Any], look: Callable[[], Any]) -> Any:
    try:
        value = compute_under(lease, compute, look)
    except Exception as error:
        flight.error = error
        raise
    else:
        with _lock:
            _flights.pop(lease.flight, None)
        flight.land(value)
        return value
    finally:
        with _lock:
            if _flights.get(lease.flight) is flight:
                del _flights[lease.flight]
        flight.landed.set()


def _forget_flights() -> None:
    # Their threads are in the parent.
    global _lock  # noqa: PLW0603 - it may be held by one of them
    _lock = threading.Lock()
    _flights.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_flights)
