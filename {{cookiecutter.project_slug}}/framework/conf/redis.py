"""Redis by its URL, at one address or behind sentinels."""

import os
from typing import Any, Final

import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from .redis_url import WITH_SENTINELS, SentinelURL, split_sentinel_url

#: What counts as "Redis is away".
OUTAGES: Final = (redis.RedisError, OSError)


def connect_redis(url: str, **options: Any) -> redis.Redis:
    """Return a client with connections of its own; ``options`` are redis-py's, timeouts in seconds."""
    return redis.Redis.from_pool(redis_pool(url, **options))


def is_redis_cluster(url: str, *, timeout: float = 2.0) -> bool:
    """Tell whether the server belongs to a Redis Cluster; one that does not answer in ``timeout`` seconds may not."""
    try:
        with connect_redis(url, socket_connect_timeout=timeout, socket_timeout=timeout) as client:
            return bool(client.info("cluster").get("cluster_enabled"))
    except OUTAGES:
        return False


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


class RedisConnections:
    """Connections to the server of ``pool`` for single commands, as many as there are threads that ask at once.

    The pool itself notes each loan for telemetry, which takes longer than a small command. With sentinels use
    :func:`ask_redis`: only the pool hears of another master.
    """

    def __init__(self, pool: redis.ConnectionPool) -> None:
        self._make = pool.make_connection
        self._idle: list[Any] = []

    def ask(self, *command: Any) -> Any:
        """Return the server's reply to ``command``, unparsed; raises ``redis.RedisError`` or ``OSError``."""
        connection = self._take()
        try:
            if _has_ended(connection):
                connection.disconnect()
            connection.send_packed_command(connection.pack_command(*command), check_health=False)
            return connection.read_response()
        finally:
            self._idle.append(connection)

    def _take(self) -> Any:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._make()
            # After a fork the other process uses it.
            if connection.pid == os.getpid():
                return connection


def _has_ended(connection: Any) -> bool:
    """Return whether the server closed ``connection``, or sent what nobody asked for."""
    try:
        return bool(connection.is_connected and connection.can_read())
    except OUTAGES:
        return True


def redis_pool(url: str, **options: Any) -> redis.ConnectionPool:
    """Return connections to the server that ``url`` names, which with sentinels is the master of the moment.

    Nothing is connected yet. ``options`` are redis-py's, timeouts in seconds.
    """
    if url.partition("://")[0] not in WITH_SENTINELS:
        return redis.ConnectionPool.from_url(url, **options)
    found, server, of_sentinels = _behind_sentinels(url, options)
    # A sentinel that does not answer is not waited for: the next one is asked.
    sentinel = Sentinel(found.sentinels, sentinel_kwargs={**of_sentinels, "retry": Retry(NoBackoff(), 0)})
    pool: redis.ConnectionPool = SentinelConnectionPool(found.service, sentinel, **server)
    return pool


def async_redis_pool(url: str, *, sentinel_timeout: float, **options: Any) -> redis.asyncio.ConnectionPool:
    """Return the same for an event loop; a sentinel that is silent for ``sentinel_timeout`` makes way for the next."""
    if url.partition("://")[0] not in WITH_SENTINELS:
        return redis.asyncio.ConnectionPool.from_url(url, **options)
    found, server, of_sentinels = _behind_sentinels(url, options)
    timeouts = {"socket_timeout": sentinel_timeout, "socket_connect_timeout": sentinel_timeout}
    kwargs = {**of_sentinels, **timeouts, "retry": AsyncRetry(NoBackoff(), 0)}
    sentinel = redis.asyncio.Sentinel(found.sentinels, sentinel_kwargs=kwargs)
    pool: redis.asyncio.ConnectionPool = redis.asyncio.SentinelConnectionPool(found.service, sentinel, **server)
    return pool


def _behind_sentinels(url: str, options: dict[str, Any]) -> tuple[SentinelURL, dict[str, Any], dict[str, Any]]:
    """Return what the URL says, and the options of connections to the server and to the sentinels."""
    found = split_sentinel_url(url)
    server: dict[str, Any] = parse_url(found.redis) | options | {"ssl": found.redis.startswith("rediss")}
    for name in ("host", "port", "connection_class"):
        server.pop(name, None)
    shared = {name: value for name, value in server.items() if name.startswith(("socket_", "ssl"))}
    return found, server, {**shared, **found.options}
