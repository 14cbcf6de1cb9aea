"""Every render's own tests pass: with nothing, and on real servers.

They mostly wait, so two lanes run side by side; what measures milliseconds runs after them, by itself.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import make_project
from tests.project import NOTHING, Outcome, Project, need

SERVERS: Final = {
    "DATABASE_URL": "ASHLAR_TEST_POSTGRES_URL",
    "REDIS_URL": "ASHLAR_TEST_REDIS_URL",
    "RABBITMQ_URL": "ASHLAR_TEST_RABBITMQ_URL",
}
# The cache and the broker share one Redis server, a database of it each.
CACHE_DATABASE, BROKER_DATABASE = "/1", "/2"

# These measure milliseconds.
TIMED: Final = ("tests/unit/cache", "tests/unit/ratelimit")
# These know nothing of the example, of the database or of the broker the project uses, so that once is enough.
ONCE_FOR_ALL: Final = (
    "tests/chaos",
    "tests/flows/test_admin_pages.py",
    "tests/project",
    "tests/unit/conf",
    "tests/unit/registry",
    "tests/unit/test_lazy.py",
)
# These bring servers of their own, and use the project's database at most.
ONCE_FOR_EACH_DATABASE: Final = (*TIMED, "tests/contracts", "tests/unit/signals/test_properties.py")
# These use the broker that the project uses.
USE_BROKER: Final = (
    "tests/flows",
    "tests/unit/console",
    "tests/unit/orders",
    "tests/unit/services",
    "tests/unit/tasks",
)
# Contracts with other brokers are run where the rows are in PostgreSQL.
NO_SERVER: Final = (
    "-m",
    "not redis and not postgres and not rabbitmq",
    "-k",
    "not (contracts and (redis or rabbitmq))",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Some of a render's tests; with a ``broker`` they run on servers."""

    broker: str | None = None
    selection: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def run(self, project: Project) -> Outcome:
        """Run them in ``project``."""
        ignored = (f"--ignore={path}" for path in self.left_out)
        return project.uv_run("pytest", *self.selection, *ignored, timeout=1200, variables=self._variables())

    def missing(self) -> list[str]:
        """Return the variables that do not name a server."""
        return [name for name in (SERVERS.values() if self.broker else ()) if not os.environ.get(name)]

    def _variables(self) -> Mapping[str, str]:
        if self.broker is None:
            return NOTHING
        urls = {name: os.environ[variable] for name, variable in SERVERS.items()}
        return {
            "DATABASE_URL": urls["DATABASE_URL"],
            "REDIS_URL": urls["REDIS_URL"] + CACHE_DATABASE,
            "BROKER_URL": urls["REDIS_URL"] + BROKER_DATABASE if self.broker == "redis" else urls["RABBITMQ_URL"],
        }


SUITES: Final[Mapping[str, Suite]] = {
    "embedded": Suite(selection=NO_SERVER, left_out=TIMED),
    "none": Suite(selection=NO_SERVER, left_out=(*ONCE_FOR_ALL, *ONCE_FOR_EACH_DATABASE)),
    "redis": Suite(broker="redis", left_out=(*ONCE_FOR_ALL, *TIMED)),
    "rabbitmq": Suite(broker="rabbitmq", selection=USE_BROKER, left_out=ONCE_FOR_ALL),
}
#: What runs side by side; the suites of one lane follow each other.
LANES: Final = (("embedded", "none"), ("redis", "rabbitmq"))
BY_THEMSELVES: Final[Mapping[str, Suite]] = {
    "embedded": Suite(selection=(*NO_SERVER, *TIMED)),
    "redis": Suite(broker="redis", selection=TIMED),
}

type Renders = Mapping[str, Project]
type Outcomes = Mapping[str, Future[Outcome]]

pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def renders(template: Path, shared_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Renders:
    """Return the render that each suite runs in; suites that run at a time have one each."""

    def render(name: str, example_app: str) -> Project:
        return make_project(template, tmp_path_factory.mktemp(name), shared_venv, example_app=example_app)

    on_servers = render("servers", "orders")
    return {
        "embedded": render("embedded", "orders"),
        "none": render("none", "none"),
        "redis": on_servers,
        "rabbitmq": on_servers,
    }


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, renders: Renders) -> Iterator[Outcomes]:
    """Begin the selected suites whose servers are there; what became of each is there when it has ended."""
    selected = {item.name for item in request.session.items}
    futures: dict[str, Future[Outcome]] = {}
    with ExitStack() as lanes:
        for names in LANES:
            lane = lanes.enter_context(ThreadPoolExecutor(1))
            for name in names:
                if f"test_its_own_tests_pass[{name}]" in selected and not SUITES[name].missing():
                    futures[name] = lane.submit(SUITES[name].run, renders[name])
        yield futures


@pytest.mark.parametrize("name", SUITES)
def test_its_own_tests_pass(name: str, outcomes: Outcomes, renders: Renders) -> None:
    need_servers(SUITES[name])

    outcomes[name].result().must_succeed()
    assert renders[name].changes() == ""


@pytest.mark.parametrize("name", BY_THEMSELVES)
def test_its_tests_that_measure_time_pass(name: str, outcomes: Outcomes, renders: Renders) -> None:
    need_servers(BY_THEMSELVES[name])
    wait(outcomes.values())

    BY_THEMSELVES[name].run(renders[name]).must_succeed()
    assert renders[name].changes() == ""


def need_servers(suite: Suite) -> None:
    """Go on when the servers of ``suite`` are there."""
    need(not suite.missing(), f'{", ".join(suite.missing())}; eval "$(.ci/servers start)" starts private servers')
