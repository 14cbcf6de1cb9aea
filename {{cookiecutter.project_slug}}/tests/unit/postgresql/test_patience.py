"""Statements to a PostgreSQL that has stopped to answer."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from framework.postgresql.patience import answers
from tests.patience import eventually
from tests.pooler import behind_pooler
from tests.servers import PgBouncer

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is a file and answers at once")


@pytest.fixture
def pooler(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PgBouncer]:
    """Return the server that answers this process, and stops to when it is told."""
    monkeypatch.setattr("framework.postgresql.patience.ASK_SECONDS", 0.3)
    # libpq takes less for two seconds.
    monkeypatch.setattr("framework.postgresql.patience.ANSWER_SECONDS", 2)
    with behind_pooler(tmp_path) as server:
        yield server


@contextmanager
def frozen(server: PgBouncer) -> Iterator[None]:
    """Let ``server`` neither answer nor close anything; its host still takes connections for it."""
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


def answer(statement: str = "SELECT 1") -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def test_a_statement_ends_when_the_server_is_frozen_and_the_next_one_works(pooler: PgBouncer) -> None:
    assert answer() == 1

    with frozen(pooler), pytest.raises(OperationalError, match="PostgreSQL is not there: no answer for"):
        answer()

    connection.close()
    assert answer() == 1


def test_a_transaction_ends_too_and_leaves_nothing_behind(pooler: PgBouncer) -> None:
    with pytest.raises(OperationalError, match="PostgreSQL is not there"), transaction.atomic():
        answer()
        with frozen(pooler):
            answer()

    assert not connection.in_atomic_block
    connection.close()
    with transaction.atomic():
        assert answer() == 1


def test_every_thread_is_let_go(pooler: PgBouncer) -> None:
    def ends() -> bool:
        try:
            answer()
        except OperationalError:
            return True
        finally:
            # As after a request.
            connection.close()
        return False

    with ThreadPoolExecutor(4) as threads:
        assert not any(threads.map(lambda _: ends(), range(4)))
        with frozen(pooler):
            assert all(threads.map(lambda _: ends(), range(4)))
        # The pool tells what is broken when it lends it.
        assert eventually(lambda: not any(threads.map(lambda _: ends(), range(4))))


def test_a_statement_that_takes_long_goes_on_while_the_server_answers_others(pooler: PgBouncer) -> None:
    assert answer("SELECT 1 FROM pg_sleep(1.5)") == 1


def test_a_server_that_refuses_more_connections_is_there(pooler: PgBouncer) -> None:
    with connection.cursor() as cursor:
        info = cursor.connection.info
        assert answers(info.dsn, info.password)
        assert answers(info.dsn.replace(f"port={pooler.port}", "port=1"), info.password)
