"""A bounded store with the SIEVE eviction (Zhang et al., NSDI 2024).

A hit only sets a mark, so that reads need no lock; eviction sweeps from the oldest entry on, spares marked
ones once and evicts the first unmarked. One pass over many keys does not push out what is used.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class Entry:
    """A stored value, when it ends (seconds since the epoch, ``None`` for never) and what it takes in bytes."""

    key: str
    value: Any
    #: Makes a fresh object of the value; ``None`` if it may be shared as it is.
    loads: Callable[[bytes], Any] | None
    expires_at: float | None
    size: int
    generation: int = 0
    slot: int = 0
    visited: bool = False
    newer: "Entry | None" = None
    older: "Entry | None" = None


class SieveStore:
    """Entries by key, bounded by number and bytes."""

    def __init__(self, *, max_entries: int, max_bytes: int) -> None:
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.size = 0
        self.evictions = 0
        self.entries: dict[str, Entry] = {}
        self.lock = threading.RLock()
        self._newest: Entry | None = None
        self._oldest: Entry | None = None
        self._hand: Entry | None = None

    def get(self, key: str) -> Entry | None:
        """Return the entry, expired or not, and mark it as used."""
        entry = self.entries.get(key)
        if entry is not None:
            entry.visited = True
        return entry

    def put(self, entry: Entry) -> None:
        """Store ``entry``, evicting others as far as needed; one larger than the whole store is not kept."""
        with self.lock:
            self.remove(entry.key)
            if entry.size > self.max_bytes:
                return
            while self.entries and (len(self.entries) >= self.max_entries or self.size + entry.size > self.max_bytes):
                self._evict()
            self.entries[entry.key] = entry
            self.size += entry.size
            entry.older = self._newest
            if self._newest is not None:
                self._newest.newer = entry
            self._newest = entry
            if self._oldest is None:
                self._oldest = entry

    def remove(self, key: str) -> bool:
        """Remove ``key``; tell whether it was there."""
        with self.lock:
            entry = self.entries.pop(key, None)
            if entry is None:
                return False
            self._unlink(entry)
            return True

    def discard(self, entry: Entry) -> None:
        """Remove this very entry, unless another one stands under its key by now."""
        with self.lock:
            if self.entries.get(entry.key) is entry:
                self.remove(entry.key)

    def clear(self) -> None:
        """Remove everything."""
        with self.lock:
            self.entries.clear()
            self._newest = self._oldest = self._hand = None
            self.size = 0

    def _evict(self) -> None:
        candidate = self._hand or self._oldest
        while candidate is not None and candidate.visited:
            candidate.visited = False
            candidate = candidate.newer or self._oldest
        if candidate is not None:
            self._hand = candidate.newer
            del self.entries[candidate.key]
            self._unlink(candidate)
            self.evictions += 1

    def _unlink(self, entry: Entry) -> None:
        if self._hand is entry:
            self._hand = entry.newer
        if entry.newer is not None:
            entry.newer.older = entry.older
        else:
            self._newest = entry.older
        if entry.older is not None:
            entry.older.newer = entry.newer
        else:
            self._oldest = entry.newer
        self.size -= entry.size
