"""The memory tier."""

import time
from pathlib import Path

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
