"""``manage.py cache``."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from framework.cache import cached, isolated_cache
from framework.cache.backend import TieredCache
from framework.cache.statistics import cache_stats


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("cache", *arguments, stdout=out)
    return out.getvalue()


def test_stats_names_every_tier(database_cache: TieredCache) -> None:
    rows: list[dict[str, Any]] = json.loads(run("stats", "--json"))

    assert [(row["tier"], row["answers"]) for row in rows] == [("memory", True), ("database", True)]
    assert "database" in run("stats")


def test_get_tells_which_tier_holds_a_key(database_cache: TieredCache) -> None:
    database_cache.set("key", "value")

    (row,) = json.loads(run("get", "key", "--json"))

    assert (row["tier"], row["holds"], row["value"]) == ("database", True, "'value'")
    assert "'value'" in run("get", "key")


def test_invalidate_and_clear(database_cache: TieredCache) -> None:
    @cached(ttl=60, key="key", tags=["tag"])
    def value() -> str:
        return "value"

    value()

    assert run("invalidate", "tag") == "Invalidated: tag\n"
    assert run("clear") == "The cache is empty.\n"
    assert database_cache.get("key") is None


@pytest.mark.usefixtures("database_cache")
def test_an_isolated_cache_begins_and_ends_empty(database_cache: TieredCache) -> None:
    database_cache.set("before", "value")

    with isolated_cache():
        assert database_cache.get("before") is None
        assert cache_stats().sets == 0
        database_cache.set("inside", "value")

    assert database_cache.get("inside") is None
