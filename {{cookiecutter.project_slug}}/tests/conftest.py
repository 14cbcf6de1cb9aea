"""What every test may use."""

from collections.abc import Generator, Iterator
from typing import Final

import dramatiq
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from framework.activity.recorder import recorder
from framework.features.snapshot import snapshot

#: Part of every password, token and key that tests set; it must come out nowhere.
SECRET: Final = "hunter2"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test in which a secret was logged, printed or stood in a traceback."""
    report = yield
    # Not what caplog keeps: those are records that no handler has formatted yet.
    said = "".join(text for title, text in report.sections if "log" not in title)
    if report.passed and SECRET in said.lower():
        report.outcome = "failed"
        report.longrepr = f"A secret came out:\n{said}"
    return report


@pytest.fixture
def broker() -> Iterator[dramatiq.Broker]:
    """Return the project's broker; actors declared by the test are forgotten afterwards."""
    broker = dramatiq.get_broker()
    before = dict(broker.actors)
    yield broker
    broker.actors = before


@pytest.fixture(autouse=True)
def _flags_as_declared(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test of a page do without a database: without one no flag was switched."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    snapshot.assume({})
    yield
    snapshot.reset()


@pytest.fixture(autouse=True)
def _nobody_was_seen() -> Iterator[None]:
    """Forget the users of a test, whom its database takes along."""
    yield
    recorder.reset()


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
