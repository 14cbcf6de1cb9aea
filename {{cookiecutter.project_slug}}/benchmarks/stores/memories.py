"""Memories of a process that hand out a fresh object each time, as ours does: the libraries, with pickle around."""

import pickle
import threading
import time
from collections.abc import Callable
from typing import Any

type Get = Callable[[], Any]


def safe_memories(value: Any) -> dict[str, Get]:
    """Return a hit of each peer for ``value``; raises ``ImportError`` without their packages."""
    import cachebox
    import cachetools

    pickled = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    lock, dictionary = threading.Lock(), {"key": (time.monotonic() + 3600, pickled)}

    def locked_dictionary() -> Any:
        with lock:
            ends, data = dictionary["key"]
        return pickle.loads(data) if ends > time.monotonic() else None  # noqa: S301 - our own

    tools_lock, tools = threading.RLock(), cachetools.TTLCache(10_000, 3600)
    tools["key"] = pickled

    def cachetools_ttl() -> Any:
        with tools_lock:
            data = tools["key"]
        return pickle.loads(data)  # noqa: S301 - our own

    box = cachebox.LRUCache(10_000)
    box["key"] = pickled

    def cachebox_lru() -> Any:
        return pickle.loads(box["key"])  # noqa: S301 - our own

    return {
        "dict, Lock, TTL and pickle": locked_dictionary,
        "cachetools TTLCache, RLock and pickle": cachetools_ttl,
        "cachebox LRUCache and pickle": cachebox_lru,
    }
