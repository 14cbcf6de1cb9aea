"""Hits, misses, writes and errors of this process, by tier, by cached function and by tag; and the reads of a request.

Every thread counts for itself and nobody locks on a hit; whoever asks adds the threads up.
"""

import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from weakref import ref

#: Stand before what is counted by the template of a key or of a tag rather than by tier.
KEY: Final = "key "
TAG: Final = "tag "

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


@dataclass(slots=True, eq=False)
class Reads:
    """What the reads of one request found in tiered caches, and the seconds they spent in tiers beyond memory."""

    hits: int = 0
    misses: int = 0
    seconds: float = 0.0


#: Where the reads of the present request are counted, if they are.
reads: Final[ContextVar[Reads | None]] = ContextVar("cache_reads", default=None)
#: Those that are counted into at the moment: looking whether there are any costs a hit nothing.
counted_into: Final[set[Reads]] = set()


class counting:  # noqa: N801 - is called like a function, and takes half the time of a generator
    """Count the reads of the block, and of the threads and tasks it starts."""

    def __init__(self, into: Reads) -> None:
        self._into = into

    def __enter__(self) -> None:
        """Begin."""
        counted_into.add(self._into)
        self._token = reads.set(self._into)

    def __exit__(self, *raised: object) -> None:
        """End."""
        reads.reset(self._token)
        counted_into.discard(self._into)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """Counts since the process started: by tier ``hits``, ``misses``, ``sets``, ``errors``; and of all tiers.

    ``keys`` and ``tags`` count the calls of cached functions by the templates of their keys and tags, those that
    found a result as ``hits`` and the others as ``misses``; and how often a tag was invalidated.

    ``unreadable`` values were found in a shared tier without this project's seal, or are of a class that is gone.
    Results were ``recomputed`` while callers got the one there was, or kept it because of ``recompute_errors``.
    """

    tiers: dict[str, dict[str, int]]
    keys: dict[str, dict[str, int]]
    tags: dict[str, dict[str, int]]
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
    return CacheStats(
        tiers=_by_name(total, "", "hits", "misses", "sets", "errors"),
        keys=_by_name(total, KEY, "hits", "misses"),
        tags=_by_name(total, TAG, "hits", "misses", "invalidations"),
        sets=total["", "sets"],
        invalidations=total["", "tags"],
        unreadable=total["", "unreadable"],
        recomputed=total["", "recomputed"],
        recompute_errors=total["", "recompute_errors"],
    )


def _by_name(total: Mapping[tuple[str, str], int], kind: str, *whats: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (name, what), number in sorted(total.items()):
        if name and what.startswith(kind) and (counted := what.removeprefix(kind)) in whats:
            found.setdefault(name, dict.fromkeys(whats, 0))[counted] = number
    return found


def reset() -> None:
    """Set every counter to zero."""
    with _lock:
        _finished.clear()
        for _, counts in _running:
            counts.clear()
        for each in _tallies.values():
            each.reset()
