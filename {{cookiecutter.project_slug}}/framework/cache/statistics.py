"""Hits, misses, writes and errors of this process, by tier.

Every thread counts for itself and nobody locks on a hit; whoever asks adds the threads up.
"""

import itertools
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final
from weakref import ref

_lock: Final = threading.Lock()
_finished: Counter[tuple[str, str]] = Counter()
_running: list[tuple["ref[threading.Thread]", defaultdict[tuple[str, str], int]]] = []


def _fold_finished() -> None:
    for entry in list(_running):
        thread = entry[0]()
        if thread is None or not thread.is_alive():
            _finished.update(entry[1])
            _running.remove(entry)


class _ThreadCounts(threading.local):
    def __init__(self) -> None:
        self.counts: defaultdict[tuple[str, str], int] = defaultdict(int)
        with _lock:
            _fold_finished()
            _running.append((ref(threading.current_thread()), self.counts))


_mine: Final = _ThreadCounts()


class Tally:
    """A count that many threads add to without a lock: what ``itertools.count`` does is one step."""

    def __init__(self) -> None:
        self.add_one: Final = itertools.count().__next__
        self._looks = 0
        self._zero = 0

    def value(self) -> int:
        """Return the count; the caller holds the lock of this module."""
        # A look adds one, too.
        found = self.add_one() - self._looks - self._zero
        self._looks += 1
        return found

    def reset(self) -> None:
        """Begin at zero again."""
        self._zero += self.value()


_tallies: dict[tuple[str, str], Tally] = {}


def tally(tier: str, what: str) -> Tally:
    """Return the tally of what happens too often for :func:`count`."""
    with _lock:
        return _tallies.setdefault((tier, what), Tally())


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """Counts since the process started: by tier ``hits``, ``misses``, ``sets``, ``errors``; and of all tiers.

    ``unreadable`` values were found in a shared tier without this project's seal, or are of a class that is gone.
    Results were ``recomputed`` while callers got the one there was, or kept it because of ``recompute_errors``.
    """

    tiers: dict[str, dict[str, int]]
    sets: int
    invalidations: int
    unreadable: int
    recomputed: int
    recompute_errors: int


def count(tier: str, what: str, number: int = 1) -> None:
    """Add to a counter of this thread."""
    _mine.counts[tier, what] += number


def cache_stats() -> CacheStats:
    """Return the counters of this process; a thread at work may be a count ahead."""
    with _lock:
        total = Counter(_finished)
        for _, counts in _running:
            total.update(dict(counts))
        total.update({name: each.value() for name, each in _tallies.items()})
    tiers: dict[str, dict[str, int]] = {}
    for (tier, what), number in sorted(total.items()):
        if tier:
            tiers.setdefault(tier, {"hits": 0, "misses": 0, "sets": 0, "errors": 0})[what] = number
    return CacheStats(
        tiers=tiers,
        sets=total["", "sets"],
        invalidations=total["", "tags"],
        unreadable=total["", "unreadable"],
        recomputed=total["", "recomputed"],
        recompute_errors=total["", "recompute_errors"],
    )


def reset() -> None:
    """Set every counter to zero."""
    with _lock:
        _finished.clear()
        for _, counts in _running:
            counts.clear()
        for each in _tallies.values():
            each.reset()
