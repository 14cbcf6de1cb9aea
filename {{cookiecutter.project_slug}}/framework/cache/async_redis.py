"""Redis clients of event loops: a connection belongs to the loop that made it, and is closed when that ends."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

MOST_CONNECTIONS: Final = 500

type _Lives = dict[str, tuple[Redis, AsyncGenerator[Redis]]]

_clients: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Lives]] = WeakKeyDictionary()


async def client_for(url: str) -> Redis:
    """Return the running loop's client for ``url``, which has no limits of time: one for the whole call is cheaper."""
    of_loop = _clients.setdefault(asyncio.get_running_loop(), {})
    if (found := of_loop.get(url)) is None:
        life = _live(of_loop, url)
        # asyncio.run() and its like end the loop's async generators before they close it.
        found = of_loop[url] = (await anext(life), life)
    return found[0]


async def _live(of_loop: _Lives, url: str) -> AsyncGenerator[Redis]:
    client = Redis.from_pool(
        ConnectionPool.from_url(url, max_connections=MOST_CONNECTIONS, retry=Retry(NoBackoff(), 0))
    )
    try:
        yield client
    finally:
        of_loop.pop(url, None)
        await client.aclose()
