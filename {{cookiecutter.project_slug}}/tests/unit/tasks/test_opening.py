"""A task that is sent first in a transaction of PostgreSQL travels with BEGIN."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import dramatiq
import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from framework.tasks import opening
from framework.tasks.models import Task
from framework.tasks.opening import opens_transaction, run_opening

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="is about PostgreSQL's protocol"),
]


@pytest.fixture
def note(broker: dramatiq.Broker) -> Any:
    """Return an actor."""

    @dramatiq.actor(queue_name="opening", broker=broker)
    def note(text: str) -> None:
        """Do nothing."""

    return note


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> mock.Mock:
    """Return what counts the statements that opened a transaction; they are still run."""
    spy = mock.Mock(side_effect=run_opening)
    monkeypatch.setattr(opening, "run_opening", spy)
    return spy


def texts() -> list[str]:
    return sorted(args[0] for args in Task.objects.values_list("args", flat=True))


def test_only_the_first_statement_opens_a_transaction(note: Any, openings: mock.Mock) -> None:
    for _ in range(2):
        with transaction.atomic():
            note.send("first 'quoted' \\ ünïcode")
            note.send("second")

    assert openings.call_count == 2
    assert texts() == ["first 'quoted' \\ ünïcode"] * 2 + ["second"] * 2


def test_what_opened_a_transaction_goes_with_it(note: Any, openings: mock.Mock) -> None:
    with transaction.atomic():
        note.send("undone")
        transaction.set_rollback(True)

    assert openings.call_count == 1
    assert texts() == []


def test_a_savepoint_or_no_transaction_at_all_is_no_opening(note: Any, openings: mock.Mock) -> None:
    note.send("alone")
    with transaction.atomic():
        assert texts() == ["alone"]
        with transaction.atomic():
            note.send("inside")

    assert openings.call_count == 0
    assert texts() == ["alone", "inside"]


@pytest.fixture
def refusing() -> Iterator[None]:
    """Let the table refuse a task."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks_task ADD CONSTRAINT agreeable CHECK (args ->> 0 <> 'refused')")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks_task DROP CONSTRAINT agreeable")


@pytest.mark.usefixtures("refusing")
def test_a_failure_is_djangos_and_the_next_transaction_goes_on(note: Any, openings: mock.Mock) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    opening._known.clear()

    with pytest.raises(IntegrityError, match="agreeable"), transaction.atomic():
        note.send("refused")
    with transaction.atomic():
        note.send("then")

    assert openings.call_count == 2
    assert texts() == ["then"]


def test_a_session_that_forgot_its_statements_is_told_them_again(note: Any, openings: mock.Mock) -> None:
    with transaction.atomic():
        note.send("one")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    for text in ("two", "three"):
        with transaction.atomic():
            note.send(text)

    assert openings.call_count == 3
    assert texts() == ["one", "three", "two"]


def test_a_statement_that_the_server_knows_from_others_is_not_told_again(note: Any, openings: mock.Mock) -> None:
    with transaction.atomic():
        note.send("one")
    opening._known.clear()
    for text in ("two", "three"):
        with transaction.atomic():
            note.send(text)

    assert openings.call_count == 3
    assert texts() == ["one", "three", "two"]


def test_a_lost_connection_is_an_error_and_a_new_one_works(note: Any) -> None:
    with transaction.atomic():
        note.send("one")
    pid = connection.connection.info.backend_pid
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": True}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(OperationalError), transaction.atomic():
        note.send("lost")
    connections["default"].close_if_unusable_or_obsolete()
    with transaction.atomic():
        note.send("two")

    assert texts() == ["one", "two"]


def test_a_transaction_that_is_no_ordinary_one_is_begun_by_psycopg(note: Any, openings: mock.Mock) -> None:
    connection.ensure_connection()
    connection.connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    try:
        with transaction.atomic():
            assert not opens_transaction(connection)
            note.send("serializable")
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                assert cursor.fetchone() == ("serializable",)
    finally:
        connection.connection.isolation_level = None

    assert openings.call_count == 0
    assert texts() == ["serializable"]
