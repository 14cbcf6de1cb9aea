"""The single flight of an event loop: tasks wait for a future, and the one that flies asks for the lease."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async

from .envelope import MISSING
from .lease import WAIT_SECONDS, Lease, ProcessLease
from .packing import Loads, pack, unpack

type Flight = asyncio.Future[tuple[Any, Loads | None]]

_flights: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Flight]]] = WeakKeyDictionary()


async def acompute_once(
    lease: Lease | ProcessLease, compute: Callable[[], Awaitable[Any]], look: Callable[[], Awaitable[Any]]
) -> Any:
    """Return what ``compute`` returns, awaited by one of all tasks and processes that ask for it now."""
    loop = asyncio.get_running_loop()
    flights = _flights.setdefault(loop, {})
    flight = flights.get(lease.flight)
    if flight is not None:
        return await _ride(flight, compute)
    flight = flights[lease.flight] = loop.create_future()
    try:
        value = await _acompute_under(lease, compute, look)
        flight.set_result(pack(value))
    except Exception as error:
        flight.set_exception(error)
        flight.exception()  # Nobody may be waiting, and then asyncio must not complain.
        raise
    finally:
        flights.pop(lease.flight, None)
        if not flight.done():
            flight.cancel()
    return value


async def _ride(flight: Flight, compute: Callable[[], Awaitable[Any]]) -> Any:
    await asyncio.wait([flight], timeout=WAIT_SECONDS)
    if not flight.done() or flight.cancelled():
        return await compute()
    return unpack(*flight.result())


async def _acompute_under(
    lease: Lease | ProcessLease, compute: Callable[[], Awaitable[Any]], look: Callable[[], Awaitable[Any]]
) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if await sync_to_async(lease.take)():
            try:
                return found if (found := await look()) is not MISSING else await compute()
            finally:
                await sync_to_async(lease.give_back)()
        for pause in lease.pauses():
            await asyncio.sleep(pause)
        if (found := await look()) is not MISSING:
            return found
    return await compute()
