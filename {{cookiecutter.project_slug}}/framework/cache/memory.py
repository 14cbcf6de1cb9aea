"""The memory tier: bounded, per process, and never handing out an object that somebody could change."""

import os
import threading
import time
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, MEMCACHE_MAX_KEY_LENGTH, BaseCache

from .amending import Amend
from .envelope import MISSING
from .packing import pack, size_of, unpack
from .sieve import Entry, SieveStore

_OVERHEAD_BYTES: Final = 250

_stores: dict[str, SieveStore] = {}
_stores_lock: Final = threading.Lock()


class MemoryCache(BaseCache):
    """``BACKEND`` for a process's own memory; ``OPTIONS``: ``MAX_ENTRIES``, ``MAX_BYTES``.

    Threads share one store per ``LOCATION``. Immutable values are kept as they are, others as
    bytes, so that a caller's change never reaches the cache.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = params.get("OPTIONS", {})
        with _stores_lock:
            self.store = _stores.setdefault(
                location or "default",
                SieveStore(
                    max_entries=int(options.get("MAX_ENTRIES", 10_000)),
                    max_bytes=int(options.get("MAX_BYTES", 64 * 1024 * 1024)),
                ),
            )

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value of ``key``; Django's own check costs ten times a hit, so it gets what looks wrong only."""
        made = self.make_key(key, version=version)
        entry = self.live_entry(made)
        if looks_wrong(made):
            self.validate_key(made)
        if entry is None:
            return default
        return unpack(entry.value, entry.loads)

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store ``value`` as it is here and now."""
        self.put(self.make_and_validate_key(key, version=version), value, self.get_backend_timeout(timeout))

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store ``value`` unless ``key`` is there; tell whether it was stored."""
        made = self.make_and_validate_key(key, version=version)
        with self.store.lock:
            if self.live_entry(made) is not None:
                return False
            self.put(made, value, self.get_backend_timeout(timeout))
            return True

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give ``key`` a new time to live; tell whether it is there."""
        made = self.make_and_validate_key(key, version=version)
        with self.store.lock:
            if (entry := self.live_entry(made)) is None:
                return False
            entry.expires_at = self.get_backend_timeout(timeout)
            return True

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Remove ``key``; tell whether it was there."""
        made = self.make_and_validate_key(key, version=version)
        with self.store.lock:
            return self.live_entry(made) is not None and self.store.remove(made)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add ``delta`` and return the sum; raises ``ValueError`` when ``key`` is not there."""
        made = self.make_and_validate_key(key, version=version)
        with self.store.lock:
            entry = self.live_entry(made)
            if entry is None:
                raise ValueError(f"Key '{key}' not found")
            total: int = unpack(entry.value, entry.loads) + delta
            self.put(made, total, entry.expires_at)
            return total

    def amend(self, key: Any, change: Amend, version: int | None = None) -> bool:
        """Let ``change`` decide, with nobody in between, what becomes of the value; tell whether it is there."""
        made = self.make_and_validate_key(key, version=version)
        with self.store.lock:
            if (entry := self.live_entry(made)) is None:
                return False
            amendment = change(unpack(entry.value, entry.loads))
            if amendment is not None and amendment.value is MISSING:
                self.store.remove(made)
            elif amendment is not None:
                self.put(made, amendment.value, self.get_backend_timeout(amendment.seconds))
            return True

    def has_key(self, key: Any, version: int | None = None) -> bool:
        """Tell whether ``key`` is there."""
        return self.live_entry(self.make_and_validate_key(key, version=version)) is not None

    def clear(self) -> None:
        """Remove everything."""
        self.store.clear()

    def live_entry(self, made: str) -> Entry | None:
        """Return the entry of a made key unless it has expired."""
        entry = self.store.get(made)
        if entry is None:
            return None
        if entry.expires_at is not None and entry.expires_at <= time.time():
            self.store.discard(entry)
            return None
        return entry

    def put(self, made: str, value: Any, expires_at: float | None, *, slot: int = 0, generation: int = 0) -> None:
        """Store ``value`` under a made key until ``expires_at``, seconds since the epoch."""
        # Before the lock, since packing may take long.
        kept, loads = pack(value)
        if expires_at is not None and expires_at <= time.time():
            self.store.remove(made)
            return
        size = size_of(kept) + len(made) + _OVERHEAD_BYTES
        self.store.put(Entry(made, kept, loads, expires_at, size, generation, slot))


def looks_wrong(made: str) -> bool:
    """Tell whether a made key needs Django's own check, which costs ten times this one."""
    return len(made) > MEMCACHE_MAX_KEY_LENGTH or not made.isprintable() or " " in made


def _renew_locks() -> None:
    # Held by a thread that the child does not have, a lock would stay held.
    for store in _stores.values():
        store.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
