"""The memory tier."""

import gc
import time
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from pytest_django import Settings

from framework.cache.memory import MemoryCache

from .configurations import tiered


@pytest.fixture
def memory(settings: Settings, tmp_path: Path) -> MemoryCache:
    settings.CACHES = tiered(["memory"], tmp_path)
    cache = caches["memory"]
    assert isinstance(cache, MemoryCache)
    return cache


def test_an_immutable_value_is_kept_as_it_is(memory: MemoryCache) -> None:
    text = "x" * 10_000

    memory.set("text", text)

    assert memory.get("text") is text


def test_a_mutable_value_is_a_fresh_one_each_time(memory: MemoryCache) -> None:
    memory.set("value", {"rows": [1, 2]})

    memory.get("value")["rows"].append(3)

    assert memory.get("value") == {"rows": [1, 2]}


def test_an_entry_ends(memory: MemoryCache, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    memory.set("key", "value", timeout=60)

    monkeypatch.setattr(time, "time", lambda: now + 61)

    assert memory.get("key") is None
    assert memory.store.entries == {}


def unlike(number: int) -> str:
    """Return a text that nothing else shares."""
    return f"{number:08}" * 40


KINDS: dict[str, Callable[[int], Any]] = {
    "text": unlike,
    "wide text": lambda number: unlike(number) + "\U0001f512",
    "bytes": lambda number: unlike(number).encode(),
    "large number": lambda number: 10**300 + number,
    "fraction": lambda number: number / 7,
    "tuple": lambda number: (unlike(number), number + 1000, unlike(-number)),
    "tuple in a tuple": lambda number: ("page", (unlike(number), (unlike(-number), None))),
    "list": lambda number: [unlike(number), number],
    "dictionary": lambda number: {"name": unlike(number), "number": number},
    "object": lambda number: Decimal(unlike(number)[:100]),
    "set": lambda number: {unlike(number), number},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_bound_is_what_the_process_grows_by(kind: str) -> None:
    memory = MemoryCache(f"size of {kind}", {"OPTIONS": {"MAX_ENTRIES": 1_000_000, "MAX_BYTES": 2 * 1024 * 1024}})
    make = KINDS[kind]
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()

    number = 0
    while not memory.store.evictions:
        number += 1
        memory.set(f"key-{number}", make(number))
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    memory.clear()

    assert 0.8 < grown / memory.store.max_bytes < 1.2


def test_threads_share_one_store(memory: MemoryCache) -> None:
    other = MemoryCache(settings_location(), {})

    other.set("key", "value")

    assert memory.get("key") == "value"


def settings_location() -> str:
    from django.conf import settings

    return str(settings.CACHES["memory"]["LOCATION"])


def test_incr_keeps_the_time_to_live(memory: MemoryCache, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    memory.set("hits", 1, timeout=60)
    memory.incr("hits", 4)
    assert memory.get("hits") == 5

    monkeypatch.setattr(time, "time", lambda: now + 61)

    assert memory.get("hits") is None
