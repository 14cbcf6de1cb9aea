"""The tiered cache: one Django cache in front of others.

The last tier is the truth: ``add`` and ``incr`` happen there. Nearer tiers hold copies. A copy in memory
carries the generation its key had before the copy was fetched, and is believed while that is the present one.
A write changes the last tier, then removes the copies of tiers between and renews the generation, whatever transaction
its caller is in.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache, default_key_func
from django.core.exceptions import ImproperlyConfigured

from .amending import Amendment
from .async_flight import acompute_once
from .coherence.shared import Coherence, coherence_of
from .copies import Copies
from .envelope import MISSING, unwrap, wrap
from .exceptions import InvalidTTLError
from .fetch import Fetch
from .flight import compute_once
from .keys import spelled
from .lease import Lease
from .memory import MemoryCache, looks_wrong
from .statistics import count
from .tier import EVERYTHING, Tier, store, tier_of

#: Three hundred years; what servers can count ends later.
LONGEST_SECONDS: Final = 10_000_000_000


class TieredCache(BaseCache):
    """``OPTIONS``: ``TIERS``, aliases from nearest to farthest, ``NEAR_TIMEOUT``, seconds, ``COHERENCE_FILE``.

    ``NEAR_TIMEOUT`` bounds how long a nearer tier keeps a copy, and with it how old a copy can be where
    processes cannot tell each other (several hosts without Redis).
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = params.get("OPTIONS", {})
        self.tiers: tuple[str, ...] = tuple(options.get("TIERS", ()))
        if not self.tiers:
            raise ImproperlyConfigured('a TieredCache needs tiers, nearest first: "TIERS": ["memory", "database"]')
        self.near_timeout = float(options.get("NEAR_TIMEOUT", 60))
        self._path = str(options.get("COHERENCE_FILE", ""))
        # What stands before a plain key in memory, and what looks there, once they are known; a hit is little else.
        self._head: str | None = None
        self._recall: Callable[[str], Any]

    @cached_property
    def last(self) -> Tier:
        """The farthest tier, which has the last word."""
        return tier_of(self.tiers[-1])

    @cached_property
    def between(self) -> list[Tier]:
        """The tiers between memory and the last one, nearest first."""
        return [tier_of(alias) for alias in self.tiers[:-1] if not isinstance(caches[alias], MemoryCache)]

    @property
    def longest_copy(self) -> float:
        """The seconds for which memory may keep a copy."""
        return min(self.near_timeout, self.coherence.longest)

    @cached_property
    def _is_awaitable(self) -> bool:
        return all(tier.is_awaitable for tier in [*self.between, self.last])

    @cached_property
    def coherence(self) -> Coherence:
        """What keeps the copies of all processes in step."""
        return coherence_of([*self.between, self.last], self._path)

    @cached_property
    def copies(self) -> Copies | None:
        """What this process keeps in memory, if the nearest tier is memory and not the only one."""
        near = caches[self.tiers[0]]
        if len(self.tiers) == 1 or not isinstance(near, MemoryCache):
            return None
        copies = Copies(near, self.tiers[0], f"{id(self.last):x}|", self.coherence)
        if self.key_func is default_key_func:
            self._head, self._recall = copies.space + self.make_key(""), copies.recall
        return copies

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value of ``key`` from the nearest tier that has it."""
        # Only valid keys are ever stored, so a key that was found needs no check.
        if version is None and (head := self._head) is not None:
            value = self._recall(f"{head}{key}")
        else:
            copies = self.copies
            value = MISSING if copies is None else copies.recall(copies.space + self.make_key(key, version))
        if value is not MISSING:
            return value
        made = self.make_and_validate_key(key, version)
        value = self._fetch([made]).get(made, MISSING)
        return default if value is MISSING else value

    async def aget(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value of ``key``; a hit in memory costs no thread hop."""
        copies = self.copies
        if copies is not None and (value := copies.recall(copies.space + self.make_key(key, version))) is not MISSING:
            return value
        made = self.make_and_validate_key(key, version)
        value = (await self._afetch([made])).get(made, MISSING)
        return default if value is MISSING else value

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """Return the values that are there, asking each tier at most once."""
        wanted = {self.make_and_validate_key(key, version=version): key for key in keys}
        found = self._recall_many(wanted)
        found |= self._fetch([made for made in wanted if made not in found])
        return {key: found[made] for made, key in wanted.items() if made in found}

    async def aget_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """Return the values that are there; what memory has of them costs no thread hop."""
        wanted = {self.make_and_validate_key(key, version=version): key for key in keys}
        found = self._recall_many(wanted)
        found |= await self._afetch([made for made in wanted if made not in found])
        return {key: found[made] for made, key in wanted.items() if made in found}

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store ``value`` in the last tier; copies elsewhere are outdated from then on."""
        self.set_many({key: value}, timeout, version)

    def set_many(
        self, data: Mapping[Any, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        """Store several values; returns the keys that failed, which is none."""
        ends = self.get_backend_timeout(timeout)
        made = {self.make_and_validate_key(key, version=version): value for key, value in data.items()}
        values = {name: wrap(name, value, ends) for name, value in made.items()}
        seconds = self._seconds(timeout)
        if values:
            self._change(lambda cache: store(cache, values, seconds), *values)
        count(self.last.alias, "sets", len(values))
        count("", "sets", len(values))
        return []

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store ``value`` unless ``key`` is there, decided by the last tier; False while that is away."""
        made = self.make_and_validate_key(key, version=version)
        envelope, seconds = wrap(made, value, self.get_backend_timeout(timeout)), self._seconds(timeout)
        return bool(self._try(lambda cache: cache.add(made, envelope, seconds), False, made))

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give ``key`` a new time to live; tell whether it is there."""
        made = self.make_and_validate_key(key, version=version)
        ends, seconds = self.get_backend_timeout(timeout), self._seconds(timeout)

        def nearer(stored: Any) -> Amendment | None:
            value, _, _ = unwrap(made, stored)
            return Amendment(wrap(made, value, ends), seconds)

        def touch(cache: Any) -> bool:
            stored = cache.get(made, MISSING)
            value, old_end, is_known = (MISSING, None, False) if stored is MISSING else unwrap(made, stored)
            if value is MISSING:
                return False
            # A copy may end early but never late, so the end inside the envelope follows only downwards.
            follows = is_known and ends is not None and ends > time.time() and (old_end is None or ends < old_end)
            if follows and (amend := getattr(cache, "amend", None)) is not None:
                # Of what somebody else has stored meanwhile.
                return bool(amend(made, nearer))
            return bool(cache.touch(made, seconds))

        return bool(self._try(touch, False, made))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Remove ``key`` everywhere; tell whether it was there."""
        made = self.make_and_validate_key(key, version=version)
        return bool(self._change(lambda cache: cache.delete(made), made))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        """Remove several keys everywhere."""
        made = [self.make_and_validate_key(key, version=version) for key in keys]
        if made:
            self._change(lambda cache: cache.delete_many(made), *made)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a whole number inside the last tier; raises ``ValueError`` when ``key`` is not there."""
        made = self.make_and_validate_key(key, version=version)
        total = self._try(lambda cache: cache.incr(made, delta), MISSING, made)
        if total is MISSING:
            raise ValueError(f"Key '{key}' not found")
        return int(total)

    def clear(self) -> None:
        """Remove everything from every tier, in every process."""
        self.last.ask(lambda cache: cache.clear(), None, changes=(EVERYTHING,))
        self.coherence.changed()
        if self.copies is not None:
            caches[self.tiers[0]].clear()

    def get_or_set(
        self, key: Any, default: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> Any:
        """Return the value of ``key``, storing ``default`` first if it is not there.

        A callable default is called once, however many threads and processes ask at the same time.
        """

        def look() -> Any:
            return self.get(key, MISSING, version=version)

        def compute() -> Any:
            return self._store_default(key, default, timeout, version)

        if (found := look()) is not MISSING:
            return found
        return compute_once(Lease(self, self.make_and_validate_key(key, version)), compute, look)

    async def aget_or_set(
        self,
        key: Any,
        default: Any,
        timeout: float | None = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - Django's signature
        version: int | None = None,
    ) -> Any:
        """Return the value of ``key``, storing ``default`` first if it is not there."""

        async def look() -> Any:
            return await self.aget(key, MISSING, version=version)

        async def compute() -> Any:
            return await sync_to_async(self._store_default)(key, default, timeout, version)

        if (found := await look()) is not MISSING:
            return found
        return await acompute_once(Lease(self, self.make_and_validate_key(key, version)), compute, look)

    def _store_default(self, key: Any, default: Any, timeout: float | None, version: int | None) -> Any:
        value = default() if callable(default) else default
        self.add(key, value, timeout, version=version)
        # What somebody else stored meanwhile has precedence.
        return self.get(key, value, version=version)

    def make_and_validate_key(self, key: Any, version: int | None = None) -> str:
        """Return the key as it is stored; of any text, see :func:`.keys.spelled`."""
        made: str = self.make_key(key, version=version)
        if looks_wrong(made):
            made = spelled(made)
            self.validate_key(made)
        return made

    def _recall_many(self, wanted: Iterable[str]) -> dict[str, Any]:
        if self.copies is None:
            return {}
        near = ((made, self.copies.recall(self.copies.space + made)) for made in wanted)
        return {made: value for made, value in near if value is not MISSING}

    def _fetch(self, missing: Sequence[str]) -> dict[str, Any]:
        if not missing:
            return {}
        fetch = Fetch(self, missing)
        for tier in fetch.tiers:
            if wanted := fetch.wanted():
                fetch.take(tier, tier.load(wanted))
        return fetch.values()

    async def _afetch(self, missing: Sequence[str]) -> dict[str, Any]:
        if not missing:
            return {}
        if not self._is_awaitable:
            return await sync_to_async(self._fetch)(missing)
        fetch = Fetch(self, missing)
        for tier in fetch.tiers:
            if wanted := fetch.wanted():
                fetch.take(tier, await tier.aload(wanted))
        return fetch.values()

    def _change(self, change: Callable[[BaseCache], Any], *made: str) -> Any:
        """Change the keys, later if the tier is away: the caller goes on as if they had been."""
        try:
            return self.last.ask(change, None, changes=made)
        finally:
            self.coherence.changed(*made)

    def _try(self, change: Callable[[BaseCache], Any], refused: Any, made: str) -> Any:
        """Change the key, or return ``refused``: a caller who is told so expects what others have stored to stay."""
        try:
            return self.last.ask(change, refused)
        finally:
            self.coherence.changed(made)

    def _seconds(self, timeout: float | None) -> float | None:
        return self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> float | None:
        """Return the end in seconds since the epoch, ``None`` for never; raises :class:`InvalidTTLError`."""
        if timeout is not DEFAULT_TIMEOUT and timeout is not None and not isinstance(timeout, (int, float)):
            raise InvalidTTLError(f"the timeout {timeout!r} is no number of seconds")
        if isinstance(timeout, (int, float)) and not abs(timeout) <= LONGEST_SECONDS:
            raise InvalidTTLError(f"the timeout {timeout!r} is no time that ends; None stands for never")
        return super().get_backend_timeout(timeout)
