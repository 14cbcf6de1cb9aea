"""Every render's own tests pass: with nothing, and on real servers."""

import os

import pytest

from tests.project import Project, need

SERVERS = {
    "DATABASE_URL": "ASHLAR_TEST_POSTGRES_URL",
    "REDIS_URL": "ASHLAR_TEST_REDIS_URL",
    "RABBITMQ_URL": "ASHLAR_TEST_RABBITMQ_URL",
}
# The cache and the broker share one Redis server, a database of it each.
CACHE_DATABASE, BROKER_DATABASE = "/1", "/2"


# These know nothing of the example, of the database or of the broker the project uses, so that once is enough.
ONCE_FOR_ALL = ("tests/chaos", "tests/project", "tests/unit/conf", "tests/unit/registry", "tests/unit/test_lazy.py")
# These bring servers of their own, and use the project's database at most.
ONCE_FOR_EACH_DATABASE = ("tests/contracts", "tests/unit/cache", "tests/unit/signals/test_properties.py")
# These use the broker that the project uses.
USE_BROKER = ("tests/flows", "tests/unit/console", "tests/unit/orders", "tests/unit/services", "tests/unit/tasks")
# Contracts with other brokers are run where the rows are in PostgreSQL.
WITH_THE_DATABASE = ("-k", "not (contracts and (redis or rabbitmq))")
WITHOUT_ALL = tuple(f"--ignore={path}" for path in ONCE_FOR_ALL)
WITHOUT_MOST = (*WITHOUT_ALL, *(f"--ignore={path}" for path in ONCE_FOR_EACH_DATABASE))


def test_its_own_tests_pass_with_no_server(project: Project) -> None:
    selection = WITH_THE_DATABASE if project.has_example else WITHOUT_MOST

    outcome = project.uv_run("pytest", "-m", "not redis and not postgres and not rabbitmq", *selection, timeout=1200)

    outcome.must_succeed()
    assert project.changes() == ""


@pytest.mark.parametrize(
    ("broker", "selection"), [("redis", WITHOUT_ALL), ("rabbitmq", USE_BROKER)], ids=["redis", "rabbitmq"]
)
def test_its_own_tests_pass_on_servers(orders_project: Project, broker: str, selection: tuple[str, ...]) -> None:
    urls = {name: server(variable) for name, variable in SERVERS.items()}
    variables = {
        "DATABASE_URL": urls["DATABASE_URL"],
        "REDIS_URL": urls["REDIS_URL"] + CACHE_DATABASE,
        "BROKER_URL": urls["REDIS_URL"] + BROKER_DATABASE if broker == "redis" else urls["RABBITMQ_URL"],
    }

    outcome = orders_project.uv_run("pytest", *selection, timeout=1200, variables=variables)

    outcome.must_succeed()
    assert orders_project.changes() == ""


def server(variable: str) -> str:
    """Return the address in ``variable``."""
    address = os.environ.get(variable, "")
    need(bool(address), f'{variable}; eval "$(.ci/servers start)" starts private servers')
    return address
