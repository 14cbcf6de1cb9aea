"""What ``@cached`` keeps: a result with the versions its tags had before it was computed."""

from typing import Any, Final, NamedTuple

from django.core.cache import caches

from .backend import TieredCache
from .envelope import MISSING
from .lease import Lease, ProcessLease
from .tagging import atag_versions, tag_versions
from .template import Call

_MARK: Final = "cached/1"


class State(NamedTuple):
    """What has to be the same after a computation as before it."""

    versions: tuple[str, ...]
    ticket: int | None


class Results:
    """The results of one function in the default cache."""

    def __init__(self, ttl: float | None) -> None:
        self.ttl = ttl

    def look(self, call: Call) -> Any:
        """Return the kept result, or ``MISSING``."""
        kept = caches["default"].get(call.key, MISSING)
        if not _is_result(kept) or (call.tags and kept[1] != tag_versions(call.tags)):
            return MISSING
        return kept[2]

    async def alook(self, call: Call) -> Any:
        """Return the kept result, or ``MISSING``; without a thread hop if memory has all of it."""
        kept = await caches["default"].aget(call.key, MISSING)
        if not _is_result(kept) or (call.tags and kept[1] != await atag_versions(call.tags)):
            return MISSING
        return kept[2]

    def state(self, call: Call) -> State:
        """Return the present state; take it before the computation."""
        return State(tag_versions(call.tags), self._ticket(call))

    def store(self, call: Call, result: Any, before: State) -> None:
        """Keep ``result`` unless the key was changed while it was computed."""
        if self._ticket(call) == before.ticket:
            caches["default"].set(call.key, (_MARK, before.versions, result), self.ttl)

    def forget(self, call: Call) -> None:
        """Remove the result, also one that is being computed now."""
        caches["default"].delete(call.key)

    def lease(self, call: Call) -> Lease | ProcessLease:
        """Return the right to compute; a default cache without tiers has none to give beyond this process."""
        cache = caches["default"]
        made = cache.make_key(call.key)
        return Lease(cache, made) if isinstance(cache, TieredCache) else ProcessLease(made)

    def _ticket(self, call: Call) -> int | None:
        cache = caches["default"]
        return cache.coherence.ticket(cache.make_key(call.key)) if isinstance(cache, TieredCache) else None


def _is_result(kept: Any) -> bool:
    return isinstance(kept, tuple) and len(kept) == 3 and kept[0] == _MARK
