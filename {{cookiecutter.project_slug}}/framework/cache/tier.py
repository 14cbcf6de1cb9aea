"""A farther tier as this process knows it: whether it answers, and what it missed while it did not."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from asgiref.sync import AsyncToSync, sync_to_async
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db import InterfaceError, OperationalError

from framework.logs import get_logger

from .breaker import Breaker
from .envelope import MISSING
from .exceptions import TierBusyError
from .statistics import count

MOST_SUSPECTS: Final = 10_000
#: Stands among changed keys for all of them.
EVERYTHING: Final = ""

logger = get_logger(__name__)
_tiers: dict[tuple[str, str], "Tier"] = {}
_tiers_lock: Final = threading.Lock()


class Tier:
    """A cache alias behind a circuit breaker.

    A key whose change did not reach the tier is suspect: it is removed there before the tier is asked for
    anything again, so that an old value does not come back with the server.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.breaker = Breaker()
        #: Called with the keys that were removed late, to outdate copies of them; none means all.
        self.on_settled: Callable[[Iterable[str]], None] | None = None
        self._suspects: set[str] = set()
        self._lock = threading.RLock()

    @property
    def cache(self) -> BaseCache:
        """Django's cache of this thread."""
        return caches[self.alias]

    @property
    def suspects(self) -> int:
        """How many keys wait for being removed."""
        return len(self._suspects)

    def ask(self, question: Callable[[Any], Any], default: Any, *, changes: Iterable[str] = ()) -> Any:
        """Return the tier's answer; while it is away, return ``default`` and note ``changes`` as suspect."""
        if not self.breaker.allows():
            self._suspect(changes)
            return default
        cache = self.cache
        try:
            if self._suspects:
                self._settle(cache)
            answer = question(cache)
        except TierBusyError:
            # It is not away: others may ask it, and the next one makes up for this change.
            self._suspect(changes)
            return default
        except self._failures(cache) as error:
            self._note_failure(cache, error)
            self._suspect(changes)
            return default
        self._note_answer()
        return answer

    def load(self, keys: list[str]) -> dict[str, Any]:
        """Return what the tier has of ``keys``, in one round trip."""
        return self._counted(keys, self.ask(lambda cache: _load(cache, keys), {}))

    @property
    def is_awaitable(self) -> bool:
        """Whether the tier's cache can be asked without a thread."""
        return hasattr(self.cache, "aload")

    async def aload(self, keys: list[str]) -> dict[str, Any]:
        """Return what the tier has of ``keys``, without a thread if nothing has to be made up for."""
        cache: Any = self.cache
        if self._suspects or _is_for_one_call(asyncio.get_running_loop()):
            return await sync_to_async(self.load)(keys)
        if not self.breaker.allows():
            return self._counted(keys, {})
        failed = self.breaker.failures
        try:
            answer = await cache.aload(keys, lambda: self.breaker.failures == failed)
        except TierBusyError:
            return self._counted(keys, {})
        except self._failures(cache) as error:
            self._note_failure(cache, error)
            return self._counted(keys, {})
        self._note_answer()
        return self._counted(keys, answer)

    def add(self, key: str, envelope: Any, seconds: float) -> None:
        """Keep a copy of what a farther tier has, unless there is one."""
        self.ask(lambda cache: cache.add(key, envelope, seconds), None)

    def _failures(self, cache: BaseCache) -> tuple[type[Exception], ...]:
        return (OSError, OperationalError, InterfaceError, *getattr(cache, "failures", ()))

    def _note_failure(self, cache: Any, error: Exception) -> None:
        count(self.alias, "errors")
        told = f"{type(error).__name__}: {error}"
        is_outage: Callable[[Exception], bool] | None = getattr(cache, "is_outage", None)
        if is_outage is not None and not is_outage(error):
            # It is there, and answers others.
            logger.error("cache_tier_refused", tier=self.alias, error=told)
        elif self.breaker.failed():
            logger.warning("cache_tier_away", tier=self.alias, error=told)

    def _note_answer(self) -> None:
        if self.breaker.succeeded():
            logger.info("cache_tier_back", tier=self.alias)

    def _counted(self, keys: list[str], answer: dict[str, Any]) -> dict[str, Any]:
        if answer:
            count(self.alias, "hits", len(answer))
        if len(answer) < len(keys):
            count(self.alias, "misses", len(keys) - len(answer))
        return answer

    def _suspect(self, changes: Iterable[str]) -> None:
        if not changes:
            return
        with self._lock:
            self._suspects.update(changes)

    def _settle(self, cache: BaseCache) -> None:
        with self._lock:
            if not self._suspects:
                return
            late = set(self._suspects)
            # Too many to remember one by one are as good as all.
            everything = EVERYTHING in late or len(late) > MOST_SUSPECTS
            if everything:
                cache.clear()
            else:
                cache.delete_many(late)
            self._suspects -= late
        # It answered; what follows may ask it, too.
        self._note_answer()
        if self.on_settled is not None:
            self.on_settled(() if everything else late)


def tier_of(alias: str) -> Tier:
    """Return this process's view of the tier; another configuration of the same alias is another tier."""
    identity = (alias, repr(settings.CACHES.get(alias)))
    with _tiers_lock:
        return _tiers.setdefault(identity, Tier(alias))


def store(cache: BaseCache, values: dict[str, Any], seconds: float | None) -> None:
    """Store ``values`` in one round trip."""
    if len(values) > 1:
        cache.set_many(values, seconds)
        return
    for key, value in values.items():
        cache.set(key, value, seconds)


def _is_for_one_call(loop: asyncio.AbstractEventLoop) -> bool:
    # async_to_sync makes a loop for each call; a connection made there would end with it.
    return loop in AsyncToSync.loop_thread_executors


def _load(cache: BaseCache, keys: list[str]) -> dict[str, Any]:
    if (load := getattr(cache, "load", None)) is not None:
        found: dict[str, Any] = load(keys)
        return found
    if len(keys) > 1:
        return cache.get_many(keys)
    value = cache.get(keys[0], MISSING)
    return {} if value is MISSING else {keys[0]: value}
