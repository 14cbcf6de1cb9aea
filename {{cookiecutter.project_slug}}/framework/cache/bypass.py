"""Leaving the cache out of a block, and out of a transaction that changed what it keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from .pending import awaits_commit
from .template import Call

_bypassed: Final[ContextVar[bool]] = ContextVar("cache_bypassed", default=False)


@contextmanager
def no_cache() -> Iterator[None]:
    """Make cached functions compute inside the block, for this thread or asyncio task; nothing is stored."""
    token = _bypassed.set(True)
    try:
        yield
    finally:
        _bypassed.reset(token)


def is_bypassed(call: Call) -> bool:
    """Tell whether ``call`` has to be computed: its result must be neither taken from the cache nor put there."""
    return _bypassed.get() or awaits_commit(call.tags)
