"""The tests of rendered projects: which run where, beside the template's own, and what became of them."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from tests.project import NOTHING, Project

SERVERS: Final = {
    "DATABASE_URL": "ASHLAR_TEST_POSTGRES_URL",
    "REDIS_URL": "ASHLAR_TEST_REDIS_URL",
    "RABBITMQ_URL": "ASHLAR_TEST_RABBITMQ_URL",
}
# The cache and the broker share one Redis server, a database of it each.
CACHE_DATABASE, BROKER_DATABASE = "/1", "/2"
LAST_LINES: Final = 200
WITHOUT_SERVERS: Final = "not redis and not postgres and not rabbitmq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Some of a render's tests; with a ``broker`` they run on servers. ``processes`` share them."""

    name: str
    example_app: str = "orders"
    broker: str | None = None
    markers: str
    folders: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    processes: int = 0

    def missing(self) -> list[str]:
        """Return the variables that do not name a server."""
        return [name for name in (SERVERS.values() if self.broker else ()) if not os.environ.get(name)]

    def command(self) -> list[str]:
        """Return the command to run in a render."""
        options = ["--durations=20", "--tb=short", "-m", self.markers, *(f"--ignore={path}" for path in self.left_out)]
        side_by_side = ["-n", str(self.processes)] if self.processes else []
        return ["uv", "run", "--no-sync", "pytest", "-q", *side_by_side, *options, *self.folders]

    def variables(self) -> Mapping[str, str]:
        """Return the variables that lead to the servers."""
        if self.broker is None:
            return NOTHING
        urls = {name: os.environ[variable] for name, variable in SERVERS.items()}
        return {
            "DATABASE_URL": urls["DATABASE_URL"],
            "REDIS_URL": urls["REDIS_URL"] + CACHE_DATABASE,
            "BROKER_URL": urls["REDIS_URL"] + BROKER_DATABASE if self.broker == "redis" else urls["RABBITMQ_URL"],
        }


#: Each behaviour runs with no server, and once more on each database and broker that it depends on.
SUITES: Final = (
    Suite(name="embedded", markers=WITHOUT_SERVERS, processes=2),
    Suite(
        name="none",
        example_app="none",
        markers=f"{WITHOUT_SERVERS} and not random and not browser and not chaos",
        # These know nothing of the example.
        left_out=(
            *("tests/contracts", "tests/project", "tests/unit/cache", "tests/unit/conf", "tests/unit/logs"),
            *("tests/unit/ratelimit", "tests/unit/registry", "tests/unit/signals", "tests/unit/test_lazy.py"),
        ),
    ),
    Suite(
        name="redis",
        broker="redis",
        markers="(database and not any_database or redis or postgres or rabbitmq) and not chaos",
        processes=2,
    ),
    Suite(
        name="rabbitmq",
        broker="rabbitmq",
        markers="database and not any_database and not random",
        folders=("tests/flows", "tests/unit/console", "tests/unit/orders", "tests/unit/services", "tests/unit/tasks"),
    ),
)
#: What runs side by side; the suites of one lane follow each other.
LANES: Final = (("embedded", "none"), ("redis", "rabbitmq"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a suite; ``log`` is all it said."""

    suite: Suite
    status: int
    seconds: float
    #: Of all its processes that somebody waited for.
    cpu_seconds: float
    log: Path

    @property
    def summary(self) -> str:
        """Its last line: how many passed and failed."""
        lines = [line for line in _lines(self.log) if re.search(r"\d+ (passed|failed|error)", line)]
        return lines[-1].strip("= ") if lines else "no test ended"


def last_words(log: Path) -> str:
    """Return the end of what a suite said: its failures, the slowest tests, the names of what failed."""
    return "\n".join(_lines(log)[-LAST_LINES:])


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []


@dataclass(slots=True)
class Background:
    """Runs suites side by side while other tests run."""

    logs: Path
    begun: dict[str, float] = field(default_factory=dict)
    futures: dict[str, Future[Result]] = field(default_factory=dict)
    _lanes: list[ThreadPoolExecutor] = field(default_factory=list)
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _is_stopping: bool = False

    def start(self, names: Sequence[str], projects: Mapping[str, Project]) -> None:
        """Begin the suites called ``names`` in the render for their example application."""
        suites = {suite.name: suite for suite in SUITES}
        for lane in LANES:
            executor = ThreadPoolExecutor(1)
            self._lanes.append(executor)
            for name in lane:
                if name in names and not suites[name].missing():
                    project = projects[suites[name].example_app]
                    self.futures[name] = executor.submit(self._run, suites[name], project)

    def stop(self) -> None:
        """Begin nothing more, and interrupt what runs, so that it tells where it is; may be called again."""
        self._is_stopping = True
        for process in self._running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        for lane in self._lanes:
            lane.shutdown()

    def told(self, name: str) -> str:
        """Return a line about the suite called ``name``, behind its last words unless it went well."""
        future = self.futures[name]
        if future.done() and not future.cancelled():
            result = future.result()
            line = f"{name}: {result.seconds:.0f} s, {result.cpu_seconds:.0f} s of CPU; {result.summary}"
            return line if result.status == 0 else f"{last_words(result.log)}\n{line}"
        words = last_words(self.log(name))
        return f"{words}\n{name}: had not ended after {monotonic() - self.begun[name]:.0f} s"

    def log(self, name: str) -> Path:
        """Return the file that the suite called ``name`` writes to."""
        return self.logs / f"{name}.log"

    def _run(self, suite: Suite, project: Project) -> Result:
        if self._is_stopping:
            raise CancelledError
        self.begun[suite.name] = began = monotonic()
        process = project.start(self.log(suite.name), *suite.command(), variables=suite.variables())
        self._running[suite.name] = process
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Result(
            suite=suite,
            status=process.returncode,
            seconds=monotonic() - began,
            cpu_seconds=used.ru_utime + used.ru_stime,
            log=self.log(suite.name),
        )
