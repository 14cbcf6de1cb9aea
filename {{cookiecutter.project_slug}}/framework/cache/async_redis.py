"""Connections of event loops to Redis: each belongs to the loop that made it, and is closed when that ends."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final
from weakref import WeakKeyDictionary

from redis.asyncio import Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnectionError

#: To wait for one of these takes less than to connect.
MOST: Final = 16


class Connections:
    """The connections of one event loop to one server, no more than :data:`MOST`.

    They have no limits of time, since one for the whole of a call is cheaper: the caller sets it.
    """

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool.from_url(url, retry=Retry(NoBackoff(), 0))
        self._turns = asyncio.Semaphore(MOST)
        self._free: list[Connection] = []

    async def ask(self, *command: str) -> Any:
        """Return the answer to ``command``, which must do no harm when it is sent twice."""
        async with self._turns:
            if self._free:
                try:
                    return await self._ask(self._free.pop(), command)
                except LostConnectionError:
                    # Servers close connections that were idle for long, and are there nevertheless.
                    await self.close()
            return await self._ask(self._pool.make_connection(), command)

    async def close(self) -> None:
        """Close what is free."""
        while self._free:
            await self._free.pop().disconnect(nowait=True)

    async def _ask(self, connection: Connection, command: tuple[str, ...]) -> Any:
        try:
            await connection.send_command(*command)
            answer = await connection.read_response()
        except BaseException:
            # Who is cancelled leaves an answer behind that is nobody else's.
            await connection.disconnect(nowait=True)
            raise
        self._free.append(connection)
        return answer


type _Lives = dict[str, tuple[Connections, AsyncGenerator[Connections]]]

_of_loops: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Lives]] = WeakKeyDictionary()


async def connections_to(url: str) -> Connections:
    """Return the running loop's connections to the server at ``url``."""
    of_loop = _of_loops.setdefault(asyncio.get_running_loop(), {})
    if (found := of_loop.get(url)) is None:
        life = _live(of_loop, url)
        # asyncio.run() and its like end the loop's async generators before they close it.
        found = of_loop[url] = (await anext(life), life)
    return found[0]


async def _live(of_loop: _Lives, url: str) -> AsyncGenerator[Connections]:
    connections = Connections(url)
    try:
        yield connections
    finally:
        of_loop.pop(url, None)
        await connections.close()
