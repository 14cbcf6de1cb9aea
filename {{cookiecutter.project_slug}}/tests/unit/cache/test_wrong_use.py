"""What is wrong is said in one sentence, as early as it can be known."""

import pickle
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import CacheKeyWarning
from django.core.management import CommandError, call_command

from framework.cache import InvalidTTLError, TieredCache, cached, invalidates, known_tags
from framework.cache.checks import check_tags


@pytest.fixture
def tags(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know the tags of this test only."""
    monkeypatch.setattr(known_tags, "_patterns", {})
    monkeypatch.setattr(known_tags, "_invalidated", {})

    @cached(ttl=60, key="summary:{order_id}", tags=["orders", "order:{order_id}"])
    def summary(order_id: int) -> int:
        return order_id


@pytest.mark.parametrize("timeout", ["soon", "10m", [1]])
def test_a_timeout_that_is_no_number(database_cache: TieredCache, timeout: Any) -> None:
    for call in (database_cache.set, database_cache.add):
        with pytest.raises(InvalidTTLError, match=r"the timeout .* is no number of seconds"):
            call("key", "value", timeout)
    assert database_cache.get("key") is None


@pytest.mark.parametrize(("key", "told"), [("with a space", "contains characters"), ("k" * 300, "longer than 250")])
def test_a_key_that_other_caches_would_refuse_is_warned_of(database_cache: TieredCache, key: str, told: str) -> None:
    with pytest.warns(CacheKeyWarning, match=told):
        database_cache.set(key, "value")

    with pytest.warns(CacheKeyWarning, match=told):
        assert database_cache.get(key) == "value"


def test_a_key_that_is_too_long_for_the_table_is_kept_all_the_same(database_cache: TieredCache) -> None:
    table = caches["database"]
    keys = [number * "k" for number in range(220, 300)] + ["k" * 299 + "x"]

    table.set_many({key: key for key in keys})

    assert table.get_many(keys) == {key: key for key in keys}


def test_a_value_that_cannot_be_pickled_leaves_the_old_one(database_cache: TieredCache) -> None:
    database_cache.set("key", "old")

    with pytest.raises((pickle.PicklingError, AttributeError), match="pickle"):
        database_cache.set("key", lambda: None)

    assert database_cache.get("key") == "old"


@pytest.mark.usefixtures("tags")
@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("ordres", "orders"),
        ("oder:{order_id}", "order:{order_id}"),
        ("orders", None),
        ("order:7", None),
        ("news", None),
    ],
)
def test_a_tag_that_is_almost_one_of_a_cached_function(tag: str, meant: str | None) -> None:
    assert known_tags.similar_tag(tag) == meant


@pytest.mark.usefixtures("tags")
def test_a_typo_in_invalidates_is_found_by_check() -> None:
    @invalidates("ordres")
    def change(order_id: int) -> None: ...

    (warning,) = check_tags(None)

    assert (warning.id, warning.hint) == ("cache.W002", "Did you mean 'orders'?")
    assert f"{__name__}.{change.__qualname__} outdates the tag 'ordres'" in warning.msg


@pytest.mark.usefixtures("tags", "database_cache")
def test_a_typo_on_the_command_line_is_refused() -> None:
    with pytest.raises(CommandError, match=r"carries the tag 'oders'; did you mean 'orders'\?"):
        call_command("cache", "invalidate", "oders")
