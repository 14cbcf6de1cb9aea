"""One read of the farther tiers: what is asked of which, and what is kept nearer by."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .envelope import MISSING, seconds_left, unwrap
from .statistics import reads
from .tier import Tier

if TYPE_CHECKING:
    from .backend import TieredCache

#: Of the time for which a copy may be kept.
_SHORTEST: Final = 0.9


class Fetch:
    """Collects the answers of the tiers to the made keys ``missing``.

    The generation of each key is read before the first tier is asked: a change that comes after that outdates what
    is kept here, whatever was fetched.
    """

    def __init__(self, cache: "TieredCache", missing: Sequence[str]) -> None:
        self._began = time.perf_counter()
        self._cache = cache
        self._missing = missing
        is_kept = cache.copies is not None or bool(cache.between)
        self._tickets = {made: cache.coherence.ticket(made) for made in missing} if is_kept else {}
        self._found: dict[str, Any] = {}

    @property
    def tiers(self) -> list[Tier]:
        """The tiers to ask, nearest first."""
        return [*self._cache.between, self._cache.last]

    def wanted(self) -> list[str]:
        """Return the keys that no tier has given yet."""
        return [made for made in self._missing if made not in self._found] if self._found else list(self._missing)

    def take(self, tier: Tier, answer: Mapping[str, Any]) -> None:
        """Take what ``tier`` has; what the last one has goes into those between, too."""
        self._found |= answer
        if tier is self._cache.last and self._cache.between:
            self._fill(answer)

    def values(self) -> dict[str, Any]:
        """Return the values that were found, and keep copies of them in memory."""
        values = {}
        for made, envelope in self._found.items():
            value, expires_at, is_known = unwrap(made, envelope)
            if value is MISSING:
                continue
            values[made] = value
            if is_known and self._cache.copies is not None:
                # Copies that were made at once do not all end at once.
                limit = time.time() + self._cache.longest_copy * random.uniform(_SHORTEST, 1)  # noqa: S311
                ends = limit if expires_at is None else min(expires_at, limit)
                self._cache.copies.note(made, value, ends, self._tickets[made])
        if (of_request := reads.get()) is not None:
            of_request.hits += len(values)
            of_request.misses += len(self._missing) - len(values)
            of_request.seconds += time.perf_counter() - self._began
        return values

    def _fill(self, answer: Mapping[str, Any]) -> None:
        for tier in self._cache.between:
            for made, envelope in answer.items():
                seconds = seconds_left(made, envelope, self._cache.near_timeout)
                if seconds > 0 and self._cache.coherence.ticket(made) == self._tickets[made]:
                    tier.add(made, envelope, seconds)
