"""Tags and their invalidation."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from framework.cache import cached, invalidate_tags, invalidated
from framework.cache.backend import TieredCache

from .processes import neighbour

rows = {"value": 0}


@cached(ttl="10m", key="summary", tags=["orders", "summary"])
def summary() -> int:
    return rows["value"]


@pytest.fixture(autouse=True)
def _start(database_cache: TieredCache) -> None:
    rows["value"] = 1
    assert summary() == 1


@pytest.mark.parametrize("tag", ["orders", "summary"])
def test_any_of_its_tags_outdates_an_entry(tag: str) -> None:
    rows["value"] = 2
    assert summary() == 1

    invalidate_tags(tag)

    assert summary() == 2


def test_a_tag_may_hold_arguments() -> None:
    @cached(ttl=60, key="customer:{pk}", tags=["customer:{pk}"])
    def customer(pk: int) -> int:
        return rows["value"]

    assert [customer(1), customer(2)] == [1, 1]
    rows["value"] = 2

    invalidate_tags("customer:1")

    assert [customer(1), customer(2)] == [2, 1]


def test_it_takes_effect_at_the_commit_and_at_once_for_the_writer() -> None:
    with transaction.atomic():
        rows["value"] = 2
        invalidate_tags("orders")
        assert summary() == 2
        assert _elsewhere() == 1

    assert _elsewhere() == 2
    assert summary() == 2


def test_a_rolled_back_invalidation_changes_nothing() -> None:
    with transaction.atomic():
        rows["value"] = 2
        invalidate_tags("orders")
        assert summary() == 2
        transaction.set_rollback(True)
    rows["value"] = 1

    assert summary() == 1
    assert _elsewhere() == 1


def test_a_reader_between_write_and_commit_cannot_put_the_old_value_back() -> None:
    summary.invalidate()

    with transaction.atomic():
        invalidate_tags("orders")
        assert _elsewhere() == 1  # reads the old row, and stores it
    rows["value"] = 2

    assert _elsewhere() == 2
    assert summary() == 2


def test_what_was_computed_while_its_tag_was_invalidated_is_not_kept() -> None:
    @cached(ttl=60, key="slow", tags=["slow"])
    def slow() -> int:
        value = rows["value"]
        if value == 1:
            rows["value"] = 2
            invalidate_tags("slow")
        return value

    assert [slow(), slow()] == [1, 2]


def test_the_process_is_told() -> None:
    told: list[dict[str, Any]] = []

    def listen(**kwargs: Any) -> None:
        told.append(kwargs)

    invalidated.connect(listen)
    try:
        with transaction.atomic():
            invalidate_tags("orders", "summary")
            assert told == []
    finally:
        invalidated.disconnect(listen)

    (message,) = told
    assert message["tags"] == ("orders", "summary")
    assert isinstance(message["at"], datetime)
    assert message["at"].tzinfo is not None


def test_the_cost_does_not_depend_on_how_many_entries_carry_the_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    # By chance a write looks whether the table has grown too long.
    monkeypatch.setattr(random, "random", lambda: 1.0)

    @cached(ttl=60, key="row:{pk}", tags=["rows"])
    def row(pk: int) -> int:
        return rows["value"]

    costs = []
    for number in (1, 50):
        for pk in range(number):
            row(pk)
        with CaptureQueriesContext(connections["default"]) as queries:
            invalidate_tags("rows")
        costs.append(len(queries))

    rows["value"] = 2
    assert costs[0] == costs[1]
    assert row(7) == 2


def test_another_process_outdates_our_entries(database_cache: TieredCache) -> None:
    rows["value"] = 2
    with neighbour("invalidate") as other:
        assert summary() == 1

        other.ask("orders")
        other.finish()

        assert summary() == 2


def _elsewhere() -> int:
    def read() -> int:
        value = summary()
        connections.close_all()
        return value

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read).result()
