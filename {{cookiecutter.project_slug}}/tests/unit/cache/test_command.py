"""``manage.py cache``."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from framework.cache import cached, isolated_cache, time_passes, warms
from framework.cache.backend import TieredCache
from framework.cache.coherence.generations import Generations
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


def test_explain_tells_how_a_key_is_stored_and_how_long_its_result_is_good(database_cache: TieredCache) -> None:
    @cached(ttl="1h", key="total")
    def total() -> int:
        return 7

    total()

    found = json.loads(run("explain", "total", "--json"))
    (held,) = found["holdings"]
    assert (found["made"], found["slot"]) == (":1:total", Generations.slot(":1:total"))
    assert (held["tier"], held["kind"]) == ("database", "int, a result")
    assert 3590 < held["ends_in"] <= 3600
    assert re.fullmatch(r"computed in 0\.0\d\d s, good for 3\d\d\d\.\d s", held["remark"])
    assert "total is :1:total, slot" in run("explain", "total")
    with time_passes(1800):
        assert "good for 1" in json.loads(run("explain", "total", "--json"))["holdings"][0]["remark"]


def test_warm_computes_what_is_asked_for(database_cache: TieredCache) -> None:
    computed: list[int] = []

    @cached(ttl="1h", key="double:{number}")
    def double(number: int) -> int:
        computed.append(number)
        return number * 2

    @warms(double)
    def popular() -> Iterator[tuple[int]]:
        yield from ((number,) for number in range(5))

    name = f"{__name__}.{popular.__qualname__}"
    (row,) = json.loads(run("warm", name, "--json"))
    assert (row["name"], row["results"], computed) == (name, 5, [0, 1, 2, 3, 4])
    assert [double(number) for number in range(5)] == [0, 2, 4, 6, 8]
    assert computed == [0, 1, 2, 3, 4]
    with pytest.raises(CommandError, match=r"Nothing warms as popula; there is: .*popular"):
        run("warm", "popula")


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
