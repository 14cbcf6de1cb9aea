"""The Redis tier: django-redis with timeouts that a request can bear, and values that nobody else can have written."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.cache import RedisCache
from django_redis.client.default import DefaultClient, glob_escape
from django_redis.exceptions import ConnectionInterrupted
from django_redis.pool import ConnectionFactory
from django_redis.serializers.base import BaseSerializer
from redis.backoff import NoBackoff
from redis.retry import Retry

from framework.conf import ask_redis, connect_redis, redis_pool
from framework.conf.redis_url import WITH_SENTINELS

from .amending import Amend, Amendment
from .async_redis import connections_to
from .coherence.channel import Channel
from .coherence.generations import Generations
from .envelope import MISSING
from .exceptions import TierBusyError, UnreadableValueError
from .formats import format_of
from .keys import spelled
from .statistics import count

TIMEOUT_SECONDS: Final = 0.1
_SCANNED_AT_ONCE: Final = 1_000
# Only what is there is added to, and only what was read is replaced, whatever others do in between.
_ADD: Final = "return redis.call('EXISTS', KEYS[1]) == 1 and redis.call('INCRBY', KEYS[1], ARGV[1])"
_SWAP: Final = """
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    if ARGV[3] == 'removed' then redis.call('DEL', KEYS[1])
    elseif ARGV[3] == 'kept' then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
    elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
    else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
    return 1
"""
# What a server says that is starting, a replica, full, or cut off.
_UNFIT: Final = (redis.ReadOnlyError, redis.OutOfMemoryError)
_UNFIT_FOR_WRITES: Final = ("MASTERDOWN", "MISCONF", "NOREPLICAS", "CLUSTERDOWN", "OOM", "READONLY", "LOADING")
_KEPT: Final = "kept"
_REMOVED: Final = "removed"
_TRIES: Final = 100
_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**63 - 1
_DIGITS: Final = frozenset(bytes((each,)) for each in b"-0123456789")


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


class Serializer(BaseSerializer):  # type: ignore[misc]  # django-redis carries no types
    """The format of the tier, where django-redis expects a serializer."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._format = format_of(options)

    def dumps(self, value: Any) -> bytes:
        """Return the bytes of ``value``."""
        return self._format.dumps(value)

    def loads(self, value: bytes) -> Any:
        """Return a value; raises :class:`UnreadableValueError`."""
        return self._format.loads(value)


class Client(DefaultClient):  # type: ignore[misc]  # django-redis carries no types
    """django-redis' client, which hands larger numbers than the server knows to hiredis, where they end the process."""

    def encode(self, value: Any, *, allow_int: bool = True) -> bytes | int:
        """Return ``value`` as it is stored: bare if the server can count with it."""
        is_counted = isinstance(value, int) and _SMALLEST <= value <= _LARGEST
        encoded: bytes | int = super().encode(value, allow_int=allow_int and is_counted)
        return encoded

    def make_key(self, key: Any, version: int | None = None, prefix: str | None = None) -> Any:
        """Return the key as it is stored, of any text."""
        made = super().make_key(key, version=version, prefix=prefix)
        found = spelled(str(made))
        return made if found == made else type(made)(found)


class RedisTier(RedisCache):  # type: ignore[misc]  # django-redis carries no types
    """django-redis, which waits five seconds for a server that hangs, made to wait a tenth of one.

    Its errors are not swallowed here: the tiered cache in front of it leaves the server alone for a while.
    """

    #: What comes from the server, or from the lack of one.
    failures: ClassVar = (redis.RedisError, ConnectionInterrupted)

    @staticmethod
    def is_outage(error: Exception) -> bool:
        """Tell whether the server is not there, or in no state to do anything; else it refused what it was asked."""
        cause = error.__cause__ if isinstance(error, ConnectionInterrupted) and error.__cause__ else error
        if not isinstance(cause, redis.ResponseError):
            return True
        return isinstance(cause, _UNFIT) or str(cause).startswith(_UNFIT_FOR_WRITES)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        self._timeout = float(options.setdefault("SOCKET_TIMEOUT", TIMEOUT_SECONDS))
        options.setdefault("SOCKET_CONNECT_TIMEOUT", self._timeout)
        options.setdefault("CONNECTION_FACTORY", "framework.cache.redis.PoolPerOptions")
        options.setdefault("SERIALIZER", "framework.cache.redis.Serializer")
        options.setdefault("CLIENT_CLASS", "framework.cache.redis.Client")
        self._format = format_of(options)
        # django-redis would split a URL with several sentinels, or with a comma in its password.
        super().__init__([server], {**params, "OPTIONS": options})
        self._url = server
        self._has_key_function = bool(params.get("KEY_FUNCTION"))

    def get(self, key: Any, default: Any = None, version: int | None = None, client: Any = None) -> Any:
        """Return the value of ``key``; one that cannot be read is removed and counted."""
        try:
            return super().get(key, default, version=version, client=client)
        except UnreadableValueError:
            count("", "unreadable")
            self.delete(key, version=version)
            return default

    def get_many(self, keys: Iterable[Any], version: int | None = None, client: Any = None) -> dict[Any, Any]:
        """Return the values that are there, in one round trip, and one for each key if one of them cannot be read."""
        wanted = list(keys)
        try:
            return dict(super().get_many(wanted, version=version, client=client))
        except UnreadableValueError:
            missing = object()
            found = {key: self.get(key, missing, version=version, client=client) for key in wanted}
            return {key: value for key, value in found.items() if value is not missing}

    def load(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what there is of ``keys``, which are valid, in one round trip."""
        client = self.client.get_client(write=False)
        names = [str(self.client.make_key(key)) for key in keys]
        stored = ask_redis(client.connection_pool, "MGET", *names)
        found, unreadable = self._read(keys, names, stored)
        if unreadable:
            client.delete(*unreadable)
        return found

    async def aload(self, keys: Sequence[str], is_worth_it: Callable[[], bool] = lambda: True) -> dict[str, Any]:
        """Return the same, by a connection of the running event loop.

        Raises :class:`TierBusyError` when it is not worth it any more once there is a connection.
        """
        connections = await connections_to(self._url, self._timeout)
        names = [str(self.client.make_key(key)) for key in keys]
        answer = await connections.ask("MGET", *names, silence=self._timeout, is_worth_it=is_worth_it)
        found, unreadable = self._read(keys, names, answer)
        if unreadable:
            await connections.ask("DEL", *unreadable, silence=self._timeout)
        return found

    def _read(
        self, keys: Sequence[str], names: Sequence[str], stored: Sequence[Any]
    ) -> tuple[dict[str, Any], list[str]]:
        found, unreadable = {}, []
        for key, name, data in zip(keys, names, stored, strict=True):
            if data is None:
                continue
            try:
                found[key] = self._decoded(data)
            except UnreadableValueError:
                count("", "unreadable")
                unreadable.append(name)
        return found, unreadable

    def _decoded(self, data: bytes) -> Any:
        if data[:1] in _DIGITS:
            # Whole numbers stand bare, for the server to count with.
            with suppress(ValueError):
                return int(data)
        return self._format.loads(data)

    def touch(
        self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None, client: Any = None
    ) -> bool:
        """Give a key another end, and tell whether it is there; Redis itself tells whether it had one to lose."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        if seconds is not None:
            return bool(super().touch(key, seconds, version=version, client=client))
        name = self.client.make_key(key, version=version)
        with (client or self.client.get_client(write=True)).pipeline() as pipeline:
            return bool(pipeline.persist(name).exists(name).execute()[-1])

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a whole number in the server; raises ``TypeError`` if the value is none, as other caches do."""
        name = self.client.make_key(key, version=version)
        try:
            total = self.client.get_client(write=True).eval(_ADD, 1, name, delta)
        except redis.ResponseError:
            # No whole number, or one of more than the 64 bits that the server counts with.
            return self._add(key, delta, version)
        if total is None:
            raise ValueError(f"Key '{key}' not found")
        return int(total)

    def _add(self, key: Any, delta: int, version: int | None) -> int:
        totals: list[int] = []

        def add(value: Any) -> Amendment:
            if type(value) is not int:
                raise TypeError(f"the value of {key!r} is not a whole number")
            totals.append(value + delta)
            return Amendment(totals[-1])

        if not self._amend(key, add, version, _KEPT):
            raise ValueError(f"Key '{key}' not found")
        return totals[-1]

    def amend(self, key: Any, change: Amend, version: int | None = None) -> bool:
        """Let ``change`` decide what becomes of the value, and tell whether it is there.

        If others have changed it meanwhile, it decides again. Raises :class:`TierBusyError` if they do so all the time.
        """
        return self._amend(key, change, version, None)

    def _amend(self, key: Any, change: Amend, version: int | None, end: str | None) -> bool:
        client, name = self.client.get_client(write=True), self.client.make_key(key, version=version)
        for _ in range(_TRIES):
            if (stored := client.get(name)) is None:
                return False
            try:
                amendment = change(self._decoded(stored))
            except UnreadableValueError:
                return False
            if amendment is None or client.eval(_SWAP, 1, name, stored, *self._arguments(amendment, end)):
                return True
        raise TierBusyError(f"{key!r} was changed {_TRIES} times while it was to be amended")

    def _arguments(self, amendment: Amendment, end: str | None) -> tuple[Any, str]:
        """Return the new value, and its end as SET is told of it; nothing of both to remove it."""
        if amendment.value is MISSING or (amendment.seconds is not None and amendment.seconds <= 0):
            return "", _REMOVED
        until = "" if amendment.seconds is None else str(max(1, int(amendment.seconds * 1000)))
        return self.client.encode(amendment.value), until if end is None else end

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
