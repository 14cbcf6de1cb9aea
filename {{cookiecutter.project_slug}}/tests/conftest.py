"""What every test may use, and how all of them are drawn, ordered and told."""

import os
import platform
from collections.abc import Generator, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import dramatiq
import pytest
from django.core.cache import cache
from django.db import connection, connections
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from framework.activity.recorder import recorder
from framework.features.snapshot import snapshot
from framework.text import plain
from tests import seed

#: Part of every password, token and key that tests set; it must come out nowhere.
SECRET: Final = "hunter2"
#: Fixtures whose tests read and write rows, so that they are run on each database.
OF_A_DATABASE: Final = {"db", "transactional_db"}
VERSIONS: Final = ("django", "dramatiq", "redis", "pytest", "hypothesis")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be drawn anew."""
    what = "draw everything random from a new seed; without it from TEST_SEED, or from the files that git holds"
    parser.addoption("--fresh", action="store_true", help=what)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Draw order and examples from one seed, unless the command line names others."""
    if config.getoption("numprocesses", None) and os.environ.get("BROKER_URL", "").startswith("amqp"):
        raise pytest.UsageError("On RabbitMQ, where processes would share queues, run one at a time: leave -n out.")
    # By default hypothesis draws the same examples whenever it runs on CI, and takes a slow machine for a fault.
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    settings.register_profile(
        "drawn",
        settings(),
        derandomize=False,
        deadline=None,
        suppress_health_check=[*slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("drawn")
    # A process of pytest-xdist is told by the one that started it.
    drawn = getattr(config, "workerinput", {}).get("randomly_seed") or config.getoption("randomly_seed", "default")
    if drawn == "default":
        drawn = seed.chosen(fresh=config.option.fresh)
    config.option.randomly_seed = drawn
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = drawn


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what a red run has to be repeated with."""
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in VERSIONS)]
    servers = [connection.vendor, *(name for name in ("REDIS_URL", "BROKER_URL") if os.environ.get(name))]
    return [
        f"drawn from {seed.VARIABLE}={config.option.randomly_seed}",
        f"on {os.cpu_count()} cores with {', '.join(versions)}; servers: {', '.join(servers)}",
    ]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs a database or a server, and what is drawn."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("django_db") or OF_A_DATABASE & fixtures:
        item.add_marker("database")
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker("random")
    # Who kills servers brings them along.
    if item.get_closest_marker("chaos") is None and hasattr(item, "callspec"):
        # The tier of a cache, or the broker of a contract.
        for value in item.callspec.params.values():
            if isinstance(value, str) and value in {"database", "redis", "rabbitmq"}:
                item.add_marker(value)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Share the tests between processes, if there are several."""
    from tests.sharing import OneByOne

    return OneByOne(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest tests begin first, so that none is waited for in the end."""
    items.sort(key=lambda item: item.get_closest_marker("chaos") is None)


@pytest.fixture(scope="session", autouse=True)
def _as_anywhere_else() -> None:
    """Let the commands that tests start read the project's own settings."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Leave the name of the test database as the settings have it: they give each process its own."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test in which a secret was logged, printed or stood in a traceback."""
    report = yield
    # What a test says may hold what no channel between processes takes.
    report.sections = [(title, plain(text, len(text) * 10)) for title, text in report.sections]
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


@pytest.fixture
def second_database(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Return the alias of another database, which has no tables."""
    alias = "second"
    settings = {"default": {}, alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "second.sqlite3"}}
    connections.settings[alias] = connections.configure_settings(settings)[alias]
    # Django lets a test use only what its settings name, and looks where a connection is opened on demand.
    connections[alias].connect()
    yield alias
    connections[alias].close()
    del connections[alias], connections.settings[alias]


def _uses_a_database(request: pytest.FixtureRequest) -> bool:
    return bool(request.node.get_closest_marker("django_db") or OF_A_DATABASE & set(request.fixturenames))


@pytest.fixture(autouse=True)
def _an_empty_cache(request: pytest.FixtureRequest) -> None:
    """Begin without what other tests have cached: that does not go with their transactions."""
    if _uses_a_database(request):
        request.getfixturevalue("_django_db_helper")
        cache.clear()


@pytest.fixture(autouse=True)
def _flags_as_declared(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test of a page do without a database: without one no flag was switched."""
    if _uses_a_database(request):
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
