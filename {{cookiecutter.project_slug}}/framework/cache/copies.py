"""The copies that a tiered cache keeps in memory, believed only while their key has not changed since."""

import time
from collections.abc import Callable
from typing import Any, Final

from .coherence.generations import Generations
from .coherence.shared import Coherence
from .envelope import MISSING
from .memory import MemoryCache
from .statistics import counted_into, reads, tally

#: More than the listener needs to hear from its server, and far below the silence after which nothing is believed.
_HEARD_LATELY: Final = 1.5


class Copies:
    """``space`` keeps caches apart that share one memory tier; the place of a copy is ``space`` and the made key."""

    __slots__ = ("_memory", "_stored", "recall", "space")

    def __init__(self, memory: MemoryCache, alias: str, space: str, coherence: Coherence) -> None:
        self.space = space
        self._memory = memory
        self._stored = tally(alias, "sets").add_one
        #: Return the copy at a place if it can be believed, else ``MISSING``, without taking a lock.
        self.recall: Callable[[str], Any] = _recalling(memory, alias, coherence)

    def note(self, made: str, value: Any, expires_at: float, ticket: int) -> None:
        """Keep a copy under the ``ticket`` that was taken before ``value`` was fetched."""
        self._memory.put(self.space + made, value, expires_at, slot=Generations.slot(made), generation=ticket)
        self._stored()


def _recalling(memory: MemoryCache, alias: str, coherence: Coherence) -> Callable[[str], Any]:
    """Return ``recall``; a closure, since a hit is made of little else than looking attributes up."""
    find, numbers, channel, clock = memory.store.entries.get, coherence.generations.numbers, coherence.channel, time
    hit, miss = tally(alias, "hits").add_one, tally(alias, "misses").add_one

    def recall(place: str) -> Any:
        entry = find(place)
        if entry is None:
            miss()
            return MISSING
        now = clock.time()
        number = numbers[entry.slot]
        if channel is not None:
            number ^= channel.epoch
            # By the clock that is needed below, too; where that jumps, the other one decides.
            if not 0 <= now - channel.heard_at <= _HEARD_LATELY and not channel.is_fresh:
                miss()
                return MISSING
        ends = entry.expires_at
        if entry.generation != number or (ends is not None and ends <= now):
            memory.store.discard(entry)
            miss()
            return MISSING
        entry.visited = True
        hit()
        if counted_into and (of_request := reads.get()) is not None:
            of_request.hits += 1
        loads = entry.loads
        return entry.value if loads is None else loads(entry.value)

    return recall
