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


# Both bring servers of their own for every broker and know nothing of the example, so that once is enough.
SAME_EVERYWHERE = ("--ignore", "tests/chaos", "--ignore", "tests/contracts/tasks")


def test_its_own_tests_pass_with_no_server(project: Project) -> None:
    only = () if project.has_example else SAME_EVERYWHERE

    outcome = project.uv_run("pytest", "-m", "not redis and not postgres and not rabbitmq", *only, timeout=900)

    outcome.must_succeed()
    assert project.changes() == ""


@pytest.mark.parametrize(
    ("broker", "left_out"), [("redis", ("--ignore", "tests/chaos")), ("rabbitmq", SAME_EVERYWHERE)]
)
def test_its_own_tests_pass_on_servers(orders_project: Project, broker: str, left_out: tuple[str, ...]) -> None:
    urls = {name: server(variable) for name, variable in SERVERS.items()}
    variables = {
        "DATABASE_URL": urls["DATABASE_URL"],
        "REDIS_URL": urls["REDIS_URL"] + CACHE_DATABASE,
        "BROKER_URL": urls["REDIS_URL"] + BROKER_DATABASE if broker == "redis" else urls["RABBITMQ_URL"],
    }

    outcome = orders_project.uv_run("pytest", *left_out, timeout=900, variables=variables)

    outcome.must_succeed()
    assert orders_project.changes() == ""


def server(variable: str) -> str:
    """Return the address in ``variable``."""
    address = os.environ.get(variable, "")
    need(bool(address), f'{variable}; eval "$(.ci/servers start)" starts private servers')
    return address
