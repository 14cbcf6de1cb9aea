"""The copies that a tiered cache keeps in memory, believed only while their key has not changed since."""

import time
from time import monotonic
from typing import Any, Final

from .coherence.generations import Generations
from .coherence.shared import Coherence
from .envelope import MISSING
from .memory import MemoryCache, unpack
from .pending import waiting
from .statistics import tally

#: Twice as long as the listener sleeps, and far below the silence after which nothing is believed.
_HEARD_LATELY: Final = 1.5


class Copies:
    """``space`` keeps caches apart that share one memory tier; the place of a copy is ``space`` and the made key.

    ``head`` begins the place of a plain key, with the prefix and version that the cache is configured for.
    """

    def __init__(self, memory: MemoryCache, alias: str, space: str, head: str, coherence: Coherence) -> None:
        self.space = space
        self.head = space + head
        self._memory = memory
        self._entries = memory.store.entries
        self._coherence = coherence
        self._channel = coherence.channel
        self._numbers = coherence.generations.numbers
        self._hit = tally(alias, "hits").add_one
        self._miss = tally(alias, "misses").add_one
        self._stored = tally(alias, "sets").add_one

    def recall(self, place: str) -> Any:
        """Return the copy at ``place`` if it can be believed, without taking a lock."""
        entry = self._entries.get(place)
        if entry is None:
            self._miss()
            return MISSING
        number = self._numbers[entry.slot]
        channel = self._channel
        if channel is not None:
            number ^= channel.epoch
            if monotonic() - channel.heard > _HEARD_LATELY and not channel.is_fresh:
                self._miss()
                return MISSING
        # A commit that waits concerns this thread only; nearly always none does.
        if waiting and not self._coherence.is_fresh():
            self._miss()
            return MISSING
        if entry.generation != number or (entry.expires_at is not None and entry.expires_at <= time.time()):
            self._memory.store.discard(entry)
            self._miss()
            return MISSING
        entry.visited = True
        self._hit()
        return unpack(entry.value) if entry.pickled else entry.value

    def note(self, made: str, value: Any, expires_at: float, ticket: int) -> None:
        """Keep a copy under the ``ticket`` that was taken before ``value`` was fetched."""
        self._memory.put(self.space + made, value, expires_at, slot=Generations.slot(made), generation=ticket)
        self._stored()
