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
ONCE = ("--ignore", "tests/chaos", "--ignore", "tests/unit/registry/test_typing.py")
# These bring servers of their own, and use the project's database at most.
EACH_DATABASE = ("tests/contracts", "tests/unit/cache", "tests/unit/conf", "tests/unit/signals/test_properties.py")
ONCE_FOR_EACH_DATABASE = (*ONCE, *(part for path in EACH_DATABASE for part in ("--ignore", path)))


def test_its_own_tests_pass_with_no_server(project: Project) -> None:
    left_out = () if project.has_example else ONCE_FOR_EACH_DATABASE

    outcome = project.uv_run("pytest", "-m", "not redis and not postgres and not rabbitmq", *left_out, timeout=1200)

    outcome.must_succeed()
    assert project.changes() == ""


@pytest.mark.parametrize(("broker", "left_out"), [("redis", ONCE), ("rabbitmq", ONCE_FOR_EACH_DATABASE)])
def test_its_own_tests_pass_on_servers(orders_project: Project, broker: str, left_out: tuple[str, ...]) -> None:
    urls = {name: server(variable) for name, variable in SERVERS.items()}
    variables = {
        "DATABASE_URL": urls["DATABASE_URL"],
        "REDIS_URL": urls["REDIS_URL"] + CACHE_DATABASE,
        "BROKER_URL": urls["REDIS_URL"] + BROKER_DATABASE if broker == "redis" else urls["RABBITMQ_URL"],
    }

    outcome = orders_project.uv_run("pytest", *left_out, timeout=1200, variables=variables)

    outcome.must_succeed()
    assert orders_project.changes() == ""


def server(variable: str) -> str:
    """Return the address in ``variable``."""
    address = os.environ.get(variable, "")
    need(bool(address), f'{variable}; eval "$(.ci/servers start)" starts private servers')
    return address
