"""Flags in tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from .evaluation import overrides
from .flags import Flag


@contextmanager
def overridden_flag(flag: Flag, *, active: bool) -> Iterator[None]:
    """Make ``flag`` active or not inside the block, for this thread or asyncio task only."""
    token = overrides.set({**overrides.get(), flag.name: active})
    try:
        yield
    finally:
        overrides.reset(token)
