"""The Redis tier: django-redis with timeouts that a request can bear."""

from typing import Any, Final

import redis
from django_redis.cache import RedisCache

TIMEOUT_SECONDS: Final = 0.1


class RedisTier(RedisCache):  # type: ignore[misc]  # django-redis carries no types
    """django-redis, which waits five seconds for a server that hangs, made to wait a tenth of one.

    Its errors are not swallowed here: the tiered cache in front of it leaves the server alone for a while.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        options.setdefault("SOCKET_CONNECT_TIMEOUT", TIMEOUT_SECONDS)
        options.setdefault("SOCKET_TIMEOUT", TIMEOUT_SECONDS)
        super().__init__(server, {**params, "OPTIONS": options})
        self._url = server

    def channel_client(self) -> redis.Redis:
        """Return a client for the listener, with a timeout that suits waiting."""
        return redis.Redis.from_url(self._url, socket_connect_timeout=1, socket_timeout=5)
