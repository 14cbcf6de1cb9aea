"""Connections of event loops to Redis: each belongs to the loop that made it, and is closed when that ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

from redis.asyncio import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnectionError, RedisError

from framework.conf.redis import async_redis_pool

from .exceptions import TierBusyError

#: To wait for one of these takes less than to connect.
MOST: Final = 16
#: An answer that is on its way for so many times the silence that a server may keep is not coming.
LONGEST_ANSWER: Final = 100
#: How often a busy loop may be to blame in a row.
BUSY_LOOPS: Final = 10


class Connections:
    """The connections of one event loop to one server, no more than :data:`MOST`.

    Only the server's silence is a failure. To wait for a turn is none, nor is an answer that takes long because it is
    large, or because the loop was busy: who has waited for some time asks on another connection whether somebody is
    there.
    """

    def __init__(self, url: str, silence: float) -> None:
        # redis-py would give up after five seconds, whatever is configured.
        untimed = {"socket_timeout": None, "socket_connect_timeout": None}
        self._pool = async_redis_pool(url, sentinel_timeout=silence / 2, retry=Retry(NoBackoff(), 0), **untimed)
        self._turns = asyncio.Semaphore(MOST)
        self._free: list[Connection] = []

    async def ask(self, *command: str, silence: float, is_worth_it: Callable[[], bool] = lambda: True) -> Any:
        """Return the answer to ``command``, which must do no harm when it is sent twice.

        Raises ``TimeoutError`` when the server was silent for ``silence`` seconds, and :class:`TierBusyError` when it
        is not worth asking any more once there is a turn.
        """
        async with self._turns:
            if not is_worth_it():
                raise TierBusyError("the server fell silent while others asked it")
            if self._free:
                try:
                    return await self._ask(self._free.pop(), command, silence)
                except LostConnectionError:
                    # Servers close connections that were idle for long, and are there nevertheless.
                    await self.close()
            return await self._ask(self._pool.make_connection(), command, silence)

    async def close(self) -> None:
        """Close what is free."""
        while self._free:
            await self._free.pop().disconnect(nowait=True)

    async def end(self) -> None:
        """Close what is free, and what the pool has open to sentinels."""
        await self.close()
        for sentinel in getattr(getattr(self._pool, "sentinel_manager", None), "sentinels", ()):
            await sentinel.aclose()

    async def _ask(self, connection: Connection, command: tuple[str, ...], silence: float) -> Any:
        loop = asyncio.get_running_loop()
        doubts: list[asyncio.Task[None]] = []
        try:
            async with asyncio.timeout(None) as limit:
                # A task for those only who have to wait.
                doubt = loop.call_later(
                    silence / 2, lambda: doubts.append(loop.create_task(self._end_if_silent(limit, silence)))
                )
                try:
                    answer = await _exchange(connection, *command)
                finally:
                    doubt.cancel()
                    for each in doubts:
                        each.cancel()
        except BaseException:
            # Who is cancelled leaves an answer behind that is nobody else's.
            await connection.disconnect(nowait=True)
            raise
        self._free.append(connection)
        return answer

    async def _end_if_silent(self, limit: asyncio.Timeout, silence: float) -> None:
        """End a wait once the server is silent, or when it is alive and has sent no whole answer for long enough."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + silence * LONGEST_ANSWER
        # It is cancelled once the answer is there.
        while loop.time() < ends and await self._is_alive(silence / 2):  # noqa: ASYNC110
            await asyncio.sleep(silence)
        limit.reschedule(loop.time())

    async def _is_alive(self, silence: float) -> bool:
        loop, connection = asyncio.get_running_loop(), self._pool.make_connection()
        try:
            for _ in range(BUSY_LOOPS):
                began = loop.time()
                with suppress(TimeoutError):
                    async with asyncio.timeout(silence):
                        return bool(await _exchange(connection, "PING"))
                if loop.time() < began + 2 * silence:
                    return False
                # It was the loop that had no time.
                await connection.disconnect(nowait=True)
        except (OSError, RedisError):
            return False
        finally:
            await connection.disconnect(nowait=True)
        return True


async def _exchange(connection: Connection, *command: str) -> Any:
    if not connection.is_connected:
        # A command connects by itself, and behind sentinels would not ask them where to.
        await connection.connect()
    await connection.send_command(*command)
    return await connection.read_response()


type _Lives = dict[str, tuple[Connections, AsyncGenerator[Connections]]]

_of_loops: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Lives]] = WeakKeyDictionary()


async def connections_to(url: str, silence: float) -> Connections:
    """Return the running loop's connections to the server at ``url``, which may be silent for ``silence`` seconds."""
    of_loop = _of_loops.setdefault(asyncio.get_running_loop(), {})
    if (found := of_loop.get(url)) is None:
        life = _live(of_loop, url, silence)
        # asyncio.run() and its like end the loop's async generators before they close it.
        found = of_loop[url] = (await anext(life), life)
    return found[0]


async def _live(of_loop: _Lives, url: str, silence: float) -> AsyncGenerator[Connections]:
    connections = Connections(url, silence)
    try:
        yield connections
    finally:
        of_loop.pop(url, None)
        await connections.end()
