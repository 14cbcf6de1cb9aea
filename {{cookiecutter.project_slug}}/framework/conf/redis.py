"""Redis by its URL, at one address or behind sentinels."""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from .redis_url import WITH_SENTINELS, split_sentinel_url


def connect_redis(url: str, **options: Any) -> redis.Redis:
    """Return a client with connections of its own; ``options`` are redis-py's, timeouts in seconds."""
    return redis.Redis.from_pool(redis_pool(url, **options))


def ask_redis(pool: redis.ConnectionPool, *command: Any) -> Any:
    """Return the server's reply to ``command``, unparsed; raises ``redis.RedisError`` or ``OSError``.

    Nothing is tried again. The client's own way of a command takes longer than the server and the network together.
    """
    connection = pool.get_connection()
    try:
        connection.send_command(*command)
        # Behind sentinels a reply that came late would otherwise be taken for the next one's.
        return connection.read_response(disconnect_on_error=True)
    finally:
        pool.release(connection)


def redis_pool(url: str, **options: Any) -> redis.ConnectionPool:
    """Return connections to the server that ``url`` names, which with sentinels is the master of the moment.

    Nothing is connected yet. ``options`` are redis-py's, timeouts in seconds.
    """
    if url.partition("://")[0] not in WITH_SENTINELS:
        return redis.ConnectionPool.from_url(url, **options)
    found = split_sentinel_url(url)
    server: dict[str, Any] = parse_url(found.redis) | options
    is_encrypted = found.redis.startswith("rediss")
    for name in ("host", "port", "connection_class"):
        server.pop(name, None)
    shared = {name: value for name, value in server.items() if name.startswith(("socket_", "ssl_"))}
    sentinel = Sentinel(
        found.sentinels,
        # One that does not answer is not waited for: the next one is asked.
        sentinel_kwargs={**shared, **found.options, "ssl": is_encrypted, "retry": Retry(NoBackoff(), 0)},
    )
    pool: redis.ConnectionPool = SentinelConnectionPool(found.service, sentinel, ssl=is_encrypted, **server)
    return pool
