"""The tiered cache: one Django cache in front of others.

The last tier is the shared one and has the last word: ``add`` and ``incr`` happen there. The nearer tiers
hold copies, each noted under the generation its key had before the copy was fetched; a write renews the
generation after it changed the shared tier, so no process keeps an old copy.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import Error as DatabaseError
from django.db import transaction

from framework.logs import get_logger

from .breaker import Breaker
from .coherence.shared import Coherence, coherence_of
from .envelope import unwrap, wrap
from .flight import compute_once
from .memory import MemoryCache, unpack
from .statistics import count

MISSING: Final = object()

logger = get_logger(__name__)
_breakers: dict[str, Breaker] = {}


class TieredCache(BaseCache):
    """``OPTIONS``: ``TIERS``, aliases from nearest to farthest, and ``NEAR_TIMEOUT``, seconds.

    ``NEAR_TIMEOUT`` bounds how long a nearer tier keeps a copy, and with it how old a copy can be where
    processes cannot tell each other (several hosts without Redis).
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = params.get("OPTIONS", {})
        self.tiers: tuple[str, ...] = tuple(options["TIERS"])
        self.near_timeout = float(options.get("NEAR_TIMEOUT", 60))
        self.near = self.tiers[0] if len(self.tiers) > 1 else None
        self.shared_alias = self.tiers[-1]

    @property
    def shared(self) -> BaseCache:
        """The farthest tier."""
        return caches[self.shared_alias]

    @property
    def memory(self) -> MemoryCache | None:
        """The nearest tier, if it is a memory tier whose copies can be trusted now."""
        if self.near is None or not self.coherence.is_fresh:
            return None
        near = caches[self.near]
        return near if isinstance(near, MemoryCache) else None

    @property
    def coherence(self) -> Coherence:
        """What keeps the copies of all processes in step."""
        return coherence_of(self.shared_alias)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value of ``key`` from the nearest tier that has it."""
        made = self.make_key(key, version=version)
        memory = self.memory
        if memory is not None and (value := self._recall(memory, made)) is not MISSING:
            return value
        self.validate_key(made)
        value = self._fetch(made, memory)
        return default if value is MISSING else value

    async def aget(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value of ``key``; a hit in memory costs no thread hop."""
        memory = self.memory
        if memory is not None:
            value = self._recall(memory, self.make_key(key, version=version))
            if value is not MISSING:
                return value
        return await sync_to_async(self.get)(key, default, version)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """Return the values that are there, asking each tier at most once."""
        wanted = {self.make_and_validate_key(key, version=version): key for key in keys}
        memory = self.memory
        found: dict[Any, Any] = {}
        if memory is not None:
            for made, key in wanted.items():
                if (value := self._recall(memory, made)) is not MISSING:
                    found[key] = value
        missing = [made for made, key in wanted.items() if key not in found]
        generations = {made: self.coherence.generation(made) for made in missing}
        stored: Mapping[str, Any] = self._ask(lambda tier: tier.get_many(missing), {}) if missing else {}
        for made, envelope in stored.items():
            found[wanted[made]] = self._note(memory, made, envelope, generations[made])
        return found

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store ``value`` in the shared tier; copies elsewhere are outdated from then on."""
        made = self.make_and_validate_key(key, version=version)
        envelope = wrap(value, self.get_backend_timeout(timeout))
        self._ask(lambda tier: tier.set(made, envelope, timeout), None)
        self._changed(made)
        count("", "sets")

    def set_many(
        self, data: Mapping[Any, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        """Store several values; returns the keys that failed, which is none."""
        expires_at = self.get_backend_timeout(timeout)
        envelopes = {
            self.make_and_validate_key(key, version=version): wrap(value, expires_at) for key, value in data.items()
        }
        self._ask(lambda tier: tier.set_many(envelopes, timeout), None)
        self._changed(*envelopes)
        count("", "sets", len(envelopes))
        return []

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store ``value`` unless ``key`` is there, decided by the shared tier."""
        made = self.make_and_validate_key(key, version=version)
        envelope = wrap(value, self.get_backend_timeout(timeout))
        added = bool(self._ask(lambda tier: tier.add(made, envelope, timeout), default=False))
        if added:
            self._changed(made)
        return added

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give ``key`` a new time to live; tell whether it is there."""
        made = self.make_and_validate_key(key, version=version)
        stored = self._ask(lambda tier: tier.get(made, MISSING), MISSING)
        if stored is MISSING:
            return False
        # The end stands inside the envelope as well, for the nearer tiers.
        envelope = wrap(unwrap(stored)[0], self.get_backend_timeout(timeout))
        self._ask(lambda tier: tier.set(made, envelope, timeout), None)
        self._changed(made)
        return True

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Remove ``key`` everywhere; tell whether it was there."""
        made = self.make_and_validate_key(key, version=version)
        deleted = bool(self._ask(lambda tier: tier.delete(made), default=False))
        self._changed(made)
        return deleted

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """Remove several keys everywhere."""
        made = [self.make_and_validate_key(key, version=version) for key in keys]
        self._ask(lambda tier: tier.delete_many(made), None)
        self._changed(*made)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a whole number inside the shared tier; raises ``ValueError`` when ``key`` is not there."""
        made = self.make_and_validate_key(key, version=version)
        total: int = self.shared.incr(made, delta)
        self._changed(made)
        return total

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Tell whether ``key`` is there."""
        return self.get(key, MISSING, version=version) is not MISSING

    def clear(self) -> None:
        """Remove everything from every tier, in every process."""
        self._ask(lambda tier: tier.clear(), None)
        self.coherence.changed_all()
        for alias in self.tiers[:-1]:
            caches[alias].clear()

    def get_or_set(
        self, key: Any, default: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> Any:
        """Return the value of ``key``, storing ``default`` first if it is not there.

        A callable default is called once, however many threads and processes ask at the same time.
        """
        value = self.get(key, MISSING, version=version)
        if value is not MISSING:
            return value

        def compute() -> Any:
            computed = default() if callable(default) else default
            self.set(key, computed, timeout, version=version)
            return computed

        made = self.make_key(key, version=version)
        return compute_once(self.shared, made, compute, lambda: self.get(key, MISSING, version=version), MISSING)

    def close(self, **kwargs: Any) -> None:
        """Nothing of its own to close; the tiers close themselves."""

    def _recall(self, memory: MemoryCache, made: str) -> Any:
        entry = memory.live_entry(made)
        if entry is None or entry.generation != self.coherence.generation(made):
            count(self.tiers[0], "misses")
            return MISSING
        count(self.tiers[0], "hits")
        return unpack(entry)

    def _fetch(self, made: str, memory: MemoryCache | None) -> Any:
        # Before the fetch: a change that comes after this makes the copy outdated, whatever was fetched.
        generation = self.coherence.generation(made)
        envelope = self._ask(lambda tier: tier.get(made, MISSING), MISSING)
        count(self.shared_alias, "misses" if envelope is MISSING else "hits")
        return MISSING if envelope is MISSING else self._note(memory, made, envelope, generation)

    def _note(self, memory: MemoryCache | None, made: str, envelope: Any, generation: int) -> Any:
        value, expires_at, is_known = unwrap(envelope)
        if memory is not None and is_known:
            limit = self.get_backend_timeout(self.near_timeout)
            ends = limit if expires_at is None else min(expires_at, limit or expires_at)
            memory.put(made, value, ends, generation=generation)
        return value

    def _changed(self, *made: str) -> None:
        try:
            self.coherence.changed(*made)
            if self.coherence.is_transactional and transaction.get_connection().in_atomic_block:
                # Others may fetch the old row again until the commit.
                transaction.on_commit(lambda: self.coherence.changed(*made), robust=True)
        except OSError as error:
            logger.warning("cache_change_not_told", error=str(error))

    def _ask(self, question: Callable[[BaseCache], Any], default: Any) -> Any:
        """Ask the shared tier; while it is away, answer ``default``."""
        breaker = _breakers.setdefault(self.shared_alias, Breaker())
        if breaker.is_open:
            return default
        try:
            answer = question(self.shared)
        except (OSError, DatabaseError, *getattr(self.shared, "outages", ())) as error:
            breaker.failed()
            count(self.shared_alias, "errors")
            logger.warning("cache_tier_away", tier=self.shared_alias, error=type(error).__name__)
            return default
        breaker.succeeded()
        return answer
