"""The database tier stands outside of its caller's transaction: it neither waits there, nor writes, nor fails."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import IsolationLevel

from framework.cache import autocommit, cached, invalidate_tags
from framework.cache.autocommit import autocommit_connection
from framework.cache.backend import TieredCache
from framework.cache.statistics import cache_stats
from tests.patience import PATIENCE_SECONDS


def elsewhere(work: Callable[[], Any]) -> Any:
    """Return what ``work`` returns in another thread, with a connection of its own."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(PATIENCE_SECONDS)


def rows() -> int:
    with autocommit_connection("default", "cache_entry") as own, own.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache_entry")
        return int(cursor.fetchone()[0])


def use_all_of(cache: BaseCache) -> None:
    """Call everything that reads or writes rows of the cache."""
    cache.set("key", "value", 100)
    cache.get("key")
    cache.set_many({"one": 1, "two": [2]})
    cache.get_many(["one", "two", "three"])
    cache.add("one", 2)
    cache.add("four", 4)
    cache.incr("one")
    cache.touch("key", 50)
    cache.touch("key", None)
    cache.get_or_set("five", lambda: 5)
    cache.has_key("five")
    cache.delete("four")
    cache.delete_many(["one", "two"])

    @cached(ttl="1h", key="six", tags=["tag"])
    def six() -> int:
        return 6

    assert six() == six() == 6
    six.invalidate()
    invalidate_tags("tag")
    cache.clear()


def test_nothing_of_the_cache_happens_in_its_callers_transaction(database_cache: TieredCache) -> None:
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            use_all_of(database_cache)
        assert [query["sql"] for query in captured if "cache_entry" in query["sql"]] == []


def test_a_write_is_everybodys_at_once_and_stays(database_cache: TieredCache) -> None:
    database_cache.set("key", "old")
    database_cache.get("key")

    with transaction.atomic():
        database_cache.set("key", "new")
        read = [database_cache.get("key"), elsewhere(lambda: caches["default"].get("key"))]
        transaction.set_rollback(True)

    assert read == ["new", "new"]
    assert database_cache.get("key") == "new"


def test_a_decision_is_everybodys_at_once(database_cache: TieredCache) -> None:
    with transaction.atomic():
        assert database_cache.add("lock", "mine")
        database_cache.set("number", 1)
        assert not elsewhere(lambda: caches["default"].add("lock", "yours"))
        assert [database_cache.incr("number"), elsewhere(lambda: caches["default"].incr("number"))] == [2, 3]


def test_transactions_that_call_cached_functions_in_another_order_do_not_meet(database_cache: TieredCache) -> None:
    functions = [cached(ttl="1h", key=name + ":{who}", tags=[name])(lambda who: who) for name in ("one", "two")]
    barrier = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def call(who: int) -> list[int]:
        with transaction.atomic():
            found = []
            for function in functions[:: 1 if who else -1]:
                found.append(function(who))
                barrier.wait()
            Group.objects.create(name=f"group {who}")
        return found

    # On SQLite a transaction keeps others from beginning, so one is without its barrier.
    if connection.vendor == "sqlite":
        barrier = threading.Barrier(1)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda who: elsewhere(lambda: call(who)), range(2))) == [[0, 0], [1, 1]]
    assert Group.objects.count() == 2


def test_a_transaction_takes_no_second_place_in_the_pool(database_cache: TieredCache) -> None:
    # With as many transactions as places, each would wait for one of the others to end.
    with transaction.atomic(), autocommit_connection("default", "cache_entry") as beside:
        assert beside.connection is not connection.connection
        assert getattr(beside, "pool", None) is None


def test_a_broken_transaction_still_has_a_cache(database_cache: TieredCache) -> None:
    with transaction.atomic():
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        database_cache.set("key", "value")
        assert database_cache.get("key") == "value"
        transaction.set_rollback(True)

    assert not database_cache.last.breaker.is_open


# Nothing is missing on SQLite: what goes wrong in another file cannot break a transaction, and counts as an outage.
@pytest.mark.skipif(connection.vendor == "sqlite", reason="the cache has a file of its own")
def test_an_error_of_the_cache_does_not_break_the_transaction(database_cache: TieredCache) -> None:
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(caches["database"], "_table", "nowhere")
        with pytest.raises(DatabaseError):
            database_cache.set("key", "value")
        Group.objects.create(name="kept")

    assert Group.objects.filter(name="kept").exists()


def test_a_write_does_not_wait_for_somebodys_long_transaction(
    database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_cache.set("key", "old")
    # Whoever waits for the transaction as everybody else does waits for longer than the test may take.
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 10 * PATIENCE_SECONDS)

    with transaction.atomic():
        Group.objects.create(name="slow")
        elsewhere(lambda: use_all_of(caches["default"]))
        elsewhere(lambda: caches["default"].set("key", "new"))

    assert not database_cache.last.breaker.is_open
    assert database_cache.get("key") == "new"


def test_a_transaction_hits_memory(database_cache: TieredCache) -> None:
    database_cache.set("key", "value")
    with transaction.atomic():
        database_cache.get("key")
        before = cache_stats().tiers["memory"]["hits"]
        database_cache.get("key")

    assert cache_stats().tiers["memory"]["hits"] == before + 1


@contextmanager
def snapshots() -> Iterator[None]:
    """Let transactions of this thread see only what was there when they began."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connections["default"], "transaction_mode", None)
            yield
        return
    session: Any = connection.connection
    before = connection.isolation_level  # type: ignore[attr-defined]
    session.isolation_level = connection.isolation_level = IsolationLevel.REPEATABLE_READ  # type: ignore[attr-defined]
    try:
        yield
    finally:
        session.isolation_level = None
        connection.isolation_level = before  # type: ignore[attr-defined]
        connection.close()


def test_what_comes_of_an_old_snapshot_is_not_kept(database_cache: TieredCache) -> None:
    @cached(ttl="1h", key="names", tags=["names"])
    def names() -> list[str]:
        return sorted(Group.objects.values_list("name", flat=True))

    def change() -> None:
        Group.objects.create(name="new")
        invalidate_tags("names")

    with snapshots(), transaction.atomic():
        assert Group.objects.count() == 0
        elsewhere(change)
        assert names() == []

    assert names() == ["new"]


def test_the_database_tier_culls(database_cache: TieredCache) -> None:
    tier = caches["database"]
    tier._max_entries = 10

    for number in range(40):
        database_cache.set(f"key:{number}", str(number))

    assert rows() <= 12


# Nothing is missing on SQLite, where nobody can end a connection but who has it.
@pytest.mark.skipif(connection.vendor == "sqlite", reason="only a server ends sessions")
def test_a_session_that_the_server_ended_is_replaced(
    database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autocommit, "UNUSED_SECONDS", -1)
    autocommit.close_unused()
    sessions = []
    for _ in range(2):
        with transaction.atomic():
            database_cache.set("key", "value")
        [(_, beside)] = autocommit._idle["default", str(connection.settings_dict["NAME"])]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [beside.connection.info.backend_pid])
            sessions.append(cursor.fetchone())

    autocommit.close_unused()
    assert sessions == [(True,), (True,)]
    assert not database_cache.last.breaker.is_open


def test_surplus_sessions_end(database_cache: TieredCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autocommit, "SURPLUS_SECONDS", -1)
    autocommit.close_unused()

    with transaction.atomic():
        database_cache.set("key", "value")

    assert autocommit._idle["default", str(connection.settings_dict["NAME"])] == []
