"""The processes of one system: the one that sends, the workers, and what lives beside them."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from . import starts
from .environments import interpreter
from .starts import Starts
from .stores import ERRORS, Stores
from .systems import ROOT, System

DRIVE_SECONDS: Final = 600


class MeasurementError(Exception):
    """A system did not do what it was to be measured at."""


class Crew:
    """Runs one system; every task that starts is noted in a file in memory."""

    def __init__(self, system: System, stores: Stores, folder: Path) -> None:
        self.system = system
        self._python = interpreter(system)
        self._stores = stores
        self._log = folder / f"{system.slug}.log"
        memory = Path("/dev/shm")  # noqa: S108 - a unique name below it
        descriptor, name = tempfile.mkstemp(prefix="benchmark-", dir=memory if memory.is_dir() else folder)
        os.close(descriptor)
        self._starts = Path(name)

    def prepare(self) -> None:
        """Make the tables, once."""
        self._stores.make_template(self.system)
        self._run(self._environment("template"), "prepare")

    def empty(self) -> None:
        """Forget every task, and what was noted."""
        self._stores.empty(self.system)
        self.forget_starts()

    def forget_starts(self) -> None:
        """Forget what was noted."""
        os.truncate(self._starts, 0)

    def drive(self, action: str, *numbers: int) -> Any:
        """Let the sending process do ``action``; return what it says."""
        return self._run(self._environment("run"), action, *numbers)

    def wait(self, enough: Callable[[Starts], bool], *, lines: int, seconds: float) -> bool:
        """Tell whether ``enough(starts)`` came true in time."""
        return starts.wait(self._starts, enough, lines=lines, seconds=seconds)

    def require(self, count: int, seconds: float) -> Starts:
        """Return the starts once ``count`` tasks have started; raises :class:`MeasurementError`."""
        if not self.wait(lambda found: len(found) >= count, lines=count, seconds=seconds):
            found = len(starts.read(self._starts))
            raise MeasurementError(f"{found} of {count} tasks started in {seconds:.0f} s\n{self._tail()}")
        return self.starts()

    def starts(self) -> Starts:
        """Return the starts so far."""
        return starts.read(self._starts)

    @contextmanager
    def running(self, action: str) -> Iterator[None]:
        """Run ``worker`` or ``beside`` for the block, then kill all its processes at once."""
        with self._log.open("ab") as output, ExitStack() as stack:
            process = subprocess.Popen(
                self._command(action),
                cwd=ROOT,
                env=self._environment("run"),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            stack.callback(process.wait)
            stack.callback(_kill_group, process.pid)
            yield

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Run what lives on when workers die, if the system has such a process."""
        if self.system.is_peer or not self.system.is_transactional:
            yield
            return
        with self.running("beside"):
            yield

    def leave(self) -> None:
        """Take away what the system left behind."""
        self._starts.unlink(missing_ok=True)
        with suppress(*ERRORS):  # a server that is gone keeps nothing
            self._stores.drop(self.system)

    def _run(self, environment: dict[str, str], action: str, *numbers: int) -> Any:
        try:
            done = subprocess.run(
                self._command(action, *map(str, numbers)),
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=DRIVE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"{action} took more than {DRIVE_SECONDS} s") from None
        if done.returncode:
            raise MeasurementError(f"{action} failed\n{done.stderr[-1000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def _command(self, action: str, *arguments: str) -> list[str]:
        return [self._python, "-m", "benchmarks.comparison.driver", self.system.module, action, *arguments]

    def _environment(self, kind: str) -> dict[str, str]:
        urls = {f"BENCHMARK_{name.upper()}_URL": url for name, url in self._stores.urls.items()}
        database = self._stores.database_url(self.system, kind=kind)
        own = {
            "BENCHMARK_DATABASE_URL": database,
            starts.VARIABLE: str(self._starts),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if self.system.broker:
            own["DATABASE_URL"] = database
            own["BROKER_URL"] = self._stores.urls.get(self.system.broker, "database://")
            own["STATE_DIR"] = str(self._log.parent)
            # As it is deployed, and as the peers are: otherwise Django keeps a record of every BEGIN and COMMIT.
            own["DEBUG"] = "false"
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return inherited | urls | own | dict(self.system.environment)

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-1000:] if self._log.exists() else ""


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
