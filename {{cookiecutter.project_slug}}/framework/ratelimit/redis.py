"""The same algorithm inside Redis, by the clock of the server, in one round trip."""

from collections.abc import Callable
from functools import cached_property, partial
from hashlib import sha1
from typing import Any, ClassVar, Final

import redis

from framework.cache.async_redis import connections_to
from framework.conf import RedisConnections, ask_redis, redis_pool
from framework.conf.redis import OUTAGES
from framework.conf.redis_url import WITH_SENTINELS
from framework.rates import Rate

from .gcra import Decision

# Whole microseconds. It answers: admitted or not, how many more would be, and after how long one is, and rest comes.
_SCRIPT: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local period, limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local interval = period / limit
local rests_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local next_rest = rests_at + interval * cost
local over = next_rest - now - period
if over > 0.5 then
    return {0, 0, math.ceil(over), math.ceil(rests_at - now)}
end
redis.call('SET', KEYS[1], string.format('%.3f', next_rest), 'PX', math.ceil((next_rest - now) / 1000))
return {1, math.floor((0.5 - over) / interval), 0, math.ceil(next_rest - now)}
"""
_DIGEST: Final = sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


class RedisLimiter:
    """Decides in the server at ``url``, for every process that asks it; ``prefix`` begins the names of its keys.

    ``timeout`` is how many seconds it gets to answer.
    """

    #: What :meth:`check` raises while the server is away.
    outages: ClassVar = OUTAGES

    def __init__(self, url: str, prefix: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._prefix = prefix

    @cached_property
    def _ask(self) -> Callable[..., Any]:
        pool = redis_pool(self._url, socket_connect_timeout=self._timeout, socket_timeout=self._timeout)
        has_sentinels = self._url.partition("://")[0] in WITH_SENTINELS
        return partial(ask_redis, pool) if has_sentinels else RedisConnections(pool).ask

    def check(self, key: str, rate: Rate, cost: int) -> Decision:
        """Count ``cost`` requests of ``key`` if they are within ``rate``; raises one of :attr:`outages`."""
        call = ("1", self._prefix + key, *_arguments(rate, cost))
        try:
            return _decision(self._ask("EVALSHA", _DIGEST, *call))
        except redis.exceptions.NoScriptError:
            return _decision(self._ask("EVAL", _SCRIPT, *call))

    async def acheck(self, key: str, rate: Rate, cost: int) -> Decision:
        """Do the same, over a connection of the running event loop."""
        connections = await connections_to(self._url, self._timeout)
        call = ("1", self._prefix + key, *map(str, _arguments(rate, cost)))
        try:
            return _decision(await connections.ask("EVALSHA", _DIGEST, *call, silence=self._timeout))
        except redis.exceptions.NoScriptError:
            return _decision(await connections.ask("EVAL", _SCRIPT, *call, silence=self._timeout))


def _arguments(rate: Rate, cost: int) -> list[int]:
    return [rate.period * 1_000_000, rate.limit, cost]


def _decision(answer: list[int]) -> Decision:
    admitted, remaining, retry_after, reset_after = answer
    return Decision(bool(admitted), remaining, retry_after / 1e6, reset_after / 1e6)
