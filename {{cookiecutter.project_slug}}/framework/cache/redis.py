"""The Redis tier: django-redis with timeouts that a request can bear."""

from typing import Any, ClassVar, Final

import redis
from django_redis.cache import RedisCache
from django_redis.client.default import glob_escape
from django_redis.exceptions import ConnectionInterrupted
from django_redis.pool import ConnectionFactory
from redis.backoff import NoBackoff
from redis.retry import Retry

from framework.conf import connect_redis, redis_pool
from framework.conf.redis_url import WITH_SENTINELS

from .coherence.channel import Channel
from .coherence.generations import Generations

TIMEOUT_SECONDS: Final = 0.1
_SCANNED_AT_ONCE: Final = 1_000


class PoolPerOptions(ConnectionFactory):  # type: ignore[misc]  # django-redis carries no types
    """Pools by URL and timeouts; by URL alone, two aliases would share the first one's options. No retries."""

    def get_or_create_connection_pool(self, params: dict[str, Any]) -> Any:
        """Return the pool for these parameters."""
        name = repr(sorted((key, repr(value)) for key, value in {**params, **self.pool_cls_kwargs}.items()))
        if name not in self._pools:
            self._pools[name] = self.get_connection_pool({"retry": Retry(NoBackoff(), 0), **params})
        return self._pools[name]

    def get_connection_pool(self, params: dict[str, Any]) -> Any:
        """Return a new pool; django-redis' own way to sentinels needs more than a URL."""
        if params["url"].partition("://")[0] in WITH_SENTINELS:
            return redis_pool(**{**params, **self.pool_cls_kwargs})
        return super().get_connection_pool(params)


class RedisTier(RedisCache):  # type: ignore[misc]  # django-redis carries no types
    """django-redis, which waits five seconds for a server that hangs, made to wait a tenth of one.

    Its errors are not swallowed here: the tiered cache in front of it leaves the server alone for a while.
    """

    #: What the tiered cache takes for an outage, besides ``OSError``.
    outages: ClassVar = (redis.RedisError, ConnectionInterrupted)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        options.setdefault("SOCKET_CONNECT_TIMEOUT", TIMEOUT_SECONDS)
        options.setdefault("SOCKET_TIMEOUT", TIMEOUT_SECONDS)
        options.setdefault("CONNECTION_FACTORY", "framework.cache.redis.PoolPerOptions")
        # django-redis would split a URL with several sentinels, or with a comma in its password.
        super().__init__([server], {**params, "OPTIONS": options})
        self._url = server
        self._has_key_function = bool(params.get("KEY_FUNCTION"))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a whole number in the server; raises ``TypeError`` if the value is none, as other caches do."""
        try:
            return int(super().incr(key, delta, version=version))
        except redis.ResponseError as error:
            raise TypeError(f"the value of {key!r} is not a whole number") from error

    def clear(self) -> None:
        """Remove the keys of this cache; others in the same Redis database, such as a queue, stay."""
        if self._has_key_function:
            super().clear()
            return
        client = self.client.get_client(write=True)
        found: list[bytes] = []
        for key in client.scan_iter(match=f"{glob_escape(self.key_prefix)}:*", count=_SCANNED_AT_ONCE):
            found.append(key)
            if len(found) >= _SCANNED_AT_ONCE:
                client.unlink(*found)
                found.clear()
        if found:
            client.unlink(*found)

    def publish(self, channel: str, message: bytes) -> None:
        """Send a message to whoever listens."""
        self.client.get_client(write=True).publish(channel, message)

    def open_channel(self, generations: Generations) -> Channel:
        """Return the channel to other hosts; its connection waits longer than a request may."""
        client = connect_redis(self._url, socket_connect_timeout=1, socket_timeout=2)
        return Channel(client, f"{self.key_prefix}:cache-coherence", generations)
