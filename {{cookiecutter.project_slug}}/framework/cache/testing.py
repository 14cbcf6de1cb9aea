"""The cache in tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from . import statistics


@contextmanager
def isolated_cache() -> Iterator[None]:
    """Begin and end the block with an empty default cache and counters at zero."""
    cache.clear()
    statistics.reset()
    try:
        yield
    finally:
        cache.clear()
        statistics.reset()
