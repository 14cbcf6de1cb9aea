"""What every test may use."""

from collections.abc import Iterator

import dramatiq
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker


@pytest.fixture
def broker() -> Iterator[dramatiq.Broker]:
    """Return the project's broker; actors declared by the test are forgotten afterwards."""
    broker = dramatiq.get_broker()
    before = dict(broker.actors)
    yield broker
    broker.actors = before


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Set the test database up as ever; before it is dropped, end the sessions that killed processes left."""
    yield
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
