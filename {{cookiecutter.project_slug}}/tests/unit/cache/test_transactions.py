"""The database tier takes part in transactions; copies in memory must not run ahead of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import caches
from django.db import connection, connections, transaction

from framework.cache.backend import TieredCache
from framework.cache.statistics import cache_stats
from tests.patience import PATIENCE_SECONDS


def test_a_rolled_back_write_is_never_seen_again(database_cache: TieredCache) -> None:
    database_cache.set("key", "old")
    database_cache.get("key")

    with transaction.atomic():
        database_cache.set("key", "new")
        inside = [database_cache.get("key"), database_cache.get("key")]
        transaction.set_rollback(True)

    assert inside == ["new", "new"]
    assert [database_cache.get("key"), database_cache.get("key")] == ["old", "old"]


def test_a_write_that_a_savepoint_took_back_is_never_seen_again(database_cache: TieredCache) -> None:
    database_cache.set("key", "old")

    with transaction.atomic():
        with transaction.atomic():
            database_cache.set("key", "new")
            assert database_cache.get("key") == "new"
            transaction.set_rollback(True)
        inside = database_cache.get("key")

    assert inside == "old"
    assert database_cache.get("key") == "old"


def test_a_reader_between_write_and_commit_does_not_keep_the_old_value(database_cache: TieredCache) -> None:
    database_cache.set("key", "old")

    def read() -> str:
        value = str(caches["default"].get("key"))
        connections.close_all()
        return value

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            database_cache.set("key", "new")
            between = [pool.submit(read).result(), pool.submit(read).result()]
        after = pool.submit(read).result()

    assert between == ["old", "old"]
    assert after == "new"
    assert database_cache.get("key") == "new"


def test_a_transaction_that_wrote_nothing_still_hits_memory(database_cache: TieredCache) -> None:
    database_cache.set("key", "value")
    database_cache.get("key")
    before = cache_stats().tiers["memory"]["hits"]

    with transaction.atomic():
        database_cache.get("key")

    assert cache_stats().tiers["memory"]["hits"] == before + 1


def test_clearing_inside_a_transaction_holds_after_it(database_cache: TieredCache) -> None:
    database_cache.set("key", "value")
    database_cache.get("key")

    with transaction.atomic():
        database_cache.clear()
        assert database_cache.get("key") is None

    assert database_cache.get("key") is None


def test_the_database_tier_culls(database_cache: TieredCache) -> None:
    tier = caches["database"]
    tier._max_entries = 10

    for number in range(40):
        database_cache.set(f"key:{number}", str(number))

    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache_entry")
        assert cursor.fetchone()[0] <= 12


# Nothing is missing on PostgreSQL: there a writer waits for rows, never for the whole database.
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one writer for the whole database")
def test_a_write_does_not_wait_for_somebodys_long_transaction(
    database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_cache.set("key", "old")
    # Whoever waits for the transaction as everybody else does waits for longer than the test may take.
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 10 * PATIENCE_SECONDS)

    def change() -> None:
        caches["default"].add("other", "value")
        caches["default"].set("key", "new")
        connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        pool.submit(change).result()

    assert not database_cache.last.breaker.is_open
    # What could not be written is removed, so the old value does not outlive the change.
    assert database_cache.get("key") is None
