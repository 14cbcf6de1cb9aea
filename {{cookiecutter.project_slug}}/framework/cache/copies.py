"""The copies that a tiered cache keeps in memory, believed only while their key has not changed since."""

import time
from typing import Any

from .coherence.generations import Generations
from .coherence.shared import Coherence
from .envelope import MISSING
from .memory import MemoryCache, unpack
from .statistics import count


class Copies:
    """``space`` keeps caches apart that share one memory tier."""

    def __init__(self, memory: MemoryCache, alias: str, space: str, coherence: Coherence) -> None:
        self._memory = memory
        self._entries = memory.store.entries
        self._alias = alias
        self._space = space
        self._coherence = coherence
        self._numbers = coherence.generations.numbers

    def recall(self, made: str) -> Any:
        """Return the copy of a made key if it can be believed, without taking a lock."""
        entry = self._entries.get(self._space + made)
        if entry is None or not self._coherence.is_fresh():
            count(self._alias, "misses")
            return MISSING
        channel = self._coherence.channel
        number = self._numbers[entry.slot] if channel is None else self._numbers[entry.slot] ^ channel.epoch
        if entry.generation != number or (entry.expires_at is not None and entry.expires_at <= time.time()):
            self._memory.store.discard(entry)
            count(self._alias, "misses")
            return MISSING
        entry.visited = True
        count(self._alias, "hits")
        return unpack(entry.value) if entry.pickled else entry.value

    def note(self, made: str, value: Any, expires_at: float, ticket: int) -> None:
        """Keep a copy under the ``ticket`` that was taken before ``value`` was fetched."""
        self._memory.put(self._space + made, value, expires_at, slot=Generations.slot(made), generation=ticket)
        count(self._alias, "sets")
