"""What ``@cached`` keeps: a result, the versions its tags had before it was computed, and how long it is good."""

import math
import random
import time
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.core.cache import caches

from .backend import TieredCache
from .envelope import MISSING
from .lease import Lease, ProcessLease
from .pending import sees_a_snapshot
from .tagging import atag_versions, tag_versions
from .template import Call

_MARK: Final = "cached/2"
#: The draw of an early computation is longer than this many times its cost once in ten thousand million times.
_LONGEST_DRAW: Final = 23.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """Seconds: ``ttl`` of a result, ``None`` for ever; ``stale`` after that; ``ttl_of_none`` of the result ``None``."""

    ttl: float | None
    stale: float = 0.0
    ttl_of_none: float | None = None
    early: float = 1.0

    def of(self, result: Any) -> "tuple[float | None, float]":
        """Return for how long ``result`` is good, and for how long it may be served after that."""
        if result is None and self.ttl_of_none is not None:
            return self.ttl_of_none, 0.0
        return self.ttl, self.stale


class State(NamedTuple):
    """What has to be the same after a computation as before it, and when that began, in seconds of the epoch."""

    versions: tuple[str, ...]
    ticket: int | None
    began: float


class Kept(NamedTuple):
    """A result; ``good_until`` in seconds of the epoch, ``took`` the seconds its computation took."""

    mark: str
    versions: tuple[str, ...]
    result: Any
    good_until: float | None
    took: float

    def is_due(self, early: float) -> bool:
        """Tell whether somebody should compute it anew: it is stale, or this caller draws the lot to be early.

        The draw is XFetch (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB
        2015): the nearer the end and the longer the computation, the likelier. ``early`` is its beta.
        """
        if self.good_until is None:
            return False
        left = self.good_until - time.time()
        ahead = self.took * early
        if left > ahead * _LONGEST_DRAW:
            return False
        return left <= 0 or -math.log(1 - random.random()) * ahead >= left  # noqa: S311 - a lot, no secret


class Results:
    """The results of one function in the default cache."""

    def __init__(self, lifetime: Lifetime) -> None:
        self.lifetime = lifetime

    def look(self, call: Call) -> Kept | None:
        """Return what is kept, good or stale; nothing if one of its tags was invalidated."""
        kept = self._alive(kept_in(caches["default"].get(call.key)))
        return None if kept is None or (call.tags and kept.versions != tag_versions(call.tags)) else kept

    async def alook(self, call: Call) -> Kept | None:
        """Return the same; without a thread hop if memory has all of it."""
        kept = self._alive(kept_in(await caches["default"].aget(call.key)))
        return None if kept is None or (call.tags and kept.versions != await atag_versions(call.tags)) else kept

    def found(self, call: Call) -> Any:
        """Return the kept result, or ``MISSING``."""
        kept = self.look(call)
        return MISSING if kept is None else kept.result

    async def afound(self, call: Call) -> Any:
        """Return the kept result, or ``MISSING``."""
        kept = await self.alook(call)
        return MISSING if kept is None else kept.result

    def is_due(self, kept: Kept) -> bool:
        """Tell whether somebody should compute it anew."""
        return kept.is_due(self.lifetime.early)

    def state(self, call: Call) -> State:
        """Return the present state; take it before the computation."""
        return State(tag_versions(call.tags), self._ticket(call), time.time())

    def store(self, call: Call, result: Any, before: State) -> None:
        """Keep ``result`` unless the key was changed while it was computed, or it may come of an old snapshot."""
        if self._ticket(call) != before.ticket or sees_a_snapshot():
            return
        now = time.time()
        ttl, stale = self.lifetime.of(result)
        good_until = None if ttl is None else now + ttl
        kept = (_MARK, before.versions, result, good_until, max(0.0, now - before.began))
        caches["default"].set(call.key, kept, None if ttl is None else ttl + stale)

    def forget(self, call: Call) -> None:
        """Remove the result, also one that is being computed now."""
        caches["default"].delete(call.key)

    def lease(self, call: Call) -> Lease | ProcessLease:
        """Return the right to compute; a default cache without tiers has none to give beyond this process."""
        return self._lease(call.key)

    def lease_again(self, call: Call) -> Lease | ProcessLease:
        """Return the right to compute while a result is there; nobody waits for it."""
        return self._lease(f"again:{call.key}")

    def _alive(self, kept: Kept | None) -> Kept | None:
        # The tier ends it, too; but its clock may be another one.
        if kept is None or kept.good_until is None:
            return kept
        _, stale = self.lifetime.of(kept.result)
        return kept if time.time() < kept.good_until + stale else None

    def _lease(self, key: str) -> Lease | ProcessLease:
        cache = caches["default"]
        made = cache.make_key(key)
        return Lease(cache, made) if isinstance(cache, TieredCache) else ProcessLease(made)

    def _ticket(self, call: Call) -> int | None:
        cache = caches["default"]
        return cache.coherence.ticket(cache.make_key(call.key)) if isinstance(cache, TieredCache) else None


def kept_in(stored: Any) -> Kept | None:
    """Return what ``@cached`` stored; nothing if that is something else."""
    if not isinstance(stored, (tuple, list)) or len(stored) != len(Kept._fields) or stored[0] != _MARK:
        return None
    mark, versions, result, good_until, took = stored
    # A format without tuples gives lists.
    return Kept(mark, tuple(versions), result, good_until, took)
