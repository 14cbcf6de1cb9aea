"""The Redis tier: django-redis with timeouts that a request can bear."""

from typing import Any, ClassVar, Final

import redis
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted

from .coherence.channel import Channel
from .coherence.generations import Generations

TIMEOUT_SECONDS: Final = 0.1


class RedisTier(RedisCache):  # type: ignore[misc]  # django-redis carries no types
    """django-redis, which waits five seconds for a server that hangs, made to wait a tenth of one.

    Its errors are not swallowed here: the tiered cache in front of it leaves the server alone for a while.
    """

    #: What the tiered cache takes for an outage, besides ``OSError``.
    outages: ClassVar = (redis.ConnectionError, redis.TimeoutError, ConnectionInterrupted)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        options.setdefault("SOCKET_CONNECT_TIMEOUT", TIMEOUT_SECONDS)
        options.setdefault("SOCKET_TIMEOUT", TIMEOUT_SECONDS)
        super().__init__(server, {**params, "OPTIONS": options})
        self._url = server

    def open_channel(self, generations: Generations) -> Channel:
        """Return the channel to other hosts; its connection waits longer than a request may."""
        client = redis.Redis.from_url(self._url, socket_connect_timeout=1, socket_timeout=5)
        return Channel(client, f"{self.key_prefix}:cache-coherence", generations)
