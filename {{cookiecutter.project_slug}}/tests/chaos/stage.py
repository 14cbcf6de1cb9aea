"""A site that may be killed: its servers, its commands, and the folder they live in."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from framework.conf.environment import ROOT
from tests.patience import PATIENCE_SECONDS, eventually
from tests.servers import PgBouncer, Postgres, Process, Server
from tests.servers.fork_server import ForkServer

from . import clock
from .books import UNREADABLE, Books
from .modes import Mode

# Addresses that the caller's environment holds are not ours to kill.
FOREIGN: Final = ("DATABASE_URL", "BROKER_URL", "REDIS_URL", "EMAIL_URL")


@dataclass(kw_only=True)
class Stage:
    """What runs for one test."""

    folder: Path
    database: Postgres | None
    pooler: PgBouncer | None
    broker: Server | None
    variables: dict[str, str] = field(default_factory=dict)
    commands: dict[str, Process] = field(default_factory=dict)
    fork_server: ForkServer = field(default_factory=ForkServer)
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.database.url if self.database else f"sqlite:///{self.folder / 'db.sqlite3'}")

    @property
    def servers(self) -> list[Server]:
        """The servers there are."""
        return [server for server in (self.database, self.pooler, self.broker) if server is not None]

    @property
    def clocks(self) -> dict[str, Callable[[float], bool]]:
        """What sets each clock there is forward by some seconds, or back, and tells whether it was there to be set."""
        found: dict[str, Callable[[float], bool]] = {"clock of the hosts": partial(clock.shift_hosts, self.folder)}
        if self.database is not None:
            found["clock of postgres"] = partial(clock.shift_postgresql, self.database.url)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What the site's processes are told."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "ENVIRONMENT": "development",
            "STATE_DIR": str(self.folder),
            **self._database_variables(),
            "BROKER_URL": self.broker.url if self.broker else "database://",
            "LOG_FORMAT": "json",
            **self.variables,
        }

    def _database_variables(self) -> dict[str, str]:
        if self.pooler is None:
            return {"DATABASE_URL": self.books.url}
        return {"DATABASE_URL": self.pooler.url, "DATABASE_DIRECT_URL": self.books.url}

    def manage(self, *arguments: str) -> None:
        """Run a management command to its end; raises ``AssertionError`` with what it said."""
        process = self._process(self.folder / "commands.log", arguments, self.environment)
        process.start()
        status = process.wait(PATIENCE_SECONDS)
        assert status == 0, f"manage.py {' '.join(arguments)}\n{process.said()}"

    def run(self, name: str, *arguments: str, **variables: str) -> Process:
        """Start a management command that goes on until it is killed, with ``variables`` of its own."""
        process = self._process(self.folder / f"{name}.log", arguments, self.environment | variables)
        self.commands[name] = process
        process.start()
        return process

    def _process(self, log: Path, arguments: Sequence[str], environment: dict[str, str]) -> Process:
        # Their URLs have the admin, which is not installed.
        command = [sys.executable, str(ROOT / "manage.py"), *arguments, "--skip-checks"]
        return Process(command=command, log=log, environment=environment, fork_server=self.fork_server)

    def revive(self) -> None:
        """Start again whatever has ended, as a supervisor does."""
        for process in (*self.servers, *self.commands.values()):
            if not process.is_running:
                process.kill()
                process.start()

    def until(self, condition: Callable[[], bool], *, what: str, revive: bool = False) -> None:
        """Wait until ``condition`` holds; raises ``AssertionError`` with what the processes said."""

        def holds() -> bool:
            if revive:
                self.revive()
            return condition()

        assert eventually(holds, pause=0.05), f"{what} within {PATIENCE_SECONDS:g} s\n{self.said()}"

    def said(self) -> str:
        """Return the tasks by state, those that have not ended, and the ends of all logs."""
        try:
            states = "\n".join([str(dict(self.books.states())), *self.books.open_rows()])
        except UNREADABLE as error:
            states = str(error)
        return "\n".join([states, *(f"--- {name}\n{process.said()}" for name, process in self.commands.items())])

    def clear(self) -> None:
        """Kill everything, also when one of them will not die."""
        with ExitStack() as last:
            last.callback(self.fork_server.close)
            for server in self.servers:
                last.callback(server.stop)
            for process in self.commands.values():
                last.callback(process.kill)


@contextmanager
def stage(mode: Mode, *, keep: bool = False) -> Iterator[Stage]:
    """Set a migrated site up for the block; afterwards nothing of it is left, save its folder on ``keep``."""
    # Not a folder of the test's own: PostgreSQL's user could not look into it.
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    folder.chmod(0o755)
    try:
        with _servers(mode, folder) as site:
            yield site
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _servers(mode: Mode, folder: Path) -> Iterator[Stage]:
    database = mode.database_server(folder)
    pooler, broker = mode.pooler(folder, database), mode.broker_server(folder)
    site = Stage(folder=folder, database=database, pooler=pooler, broker=broker)
    try:
        for server in site.servers:
            server.start()
        for server in site.servers:
            server.wait_ready()
        if database is not None:
            clock.prepare_postgresql(database.url)
        site.manage("migrate", "--run-syncdb", "--verbosity=0")
        yield site
    finally:
        site.clear()
