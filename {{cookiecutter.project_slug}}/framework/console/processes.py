"""The processes of the project under one roof, by honcho."""

import shlex
import sys
from dataclasses import dataclass
from typing import Final

import honcho.manager
from honcho.printer import Printer

from framework.conf.environment import ROOT

# Together under the ten seconds after which people (and container platforms) lose patience.
GRACE_SECONDS: Final = 6
KILL_SECONDS: Final = 9

WATCHED_FOLDERS: Final = ("apps", "config", "framework")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A name for the log's margin, and a ``manage.py`` command with its arguments."""

    name: str
    arguments: tuple[str, ...]
    reload: bool = False

    @property
    def command(self) -> str:
        """The command line for a shell."""
        # Who starts them has made the checks.
        manage = [sys.executable, str(ROOT / "manage.py"), *self.arguments, "--skip-checks"]
        return f"exec {shlex.join(self._watched(manage) if self.reload else manage)}"

    @staticmethod
    def _watched(command: list[str]) -> list[str]:
        folders = [str(ROOT / name) for name in WATCHED_FOLDERS]
        options = ["--filter", "python", "--target-type", "command", "--verbosity", "warning"]
        timeout = ["--sigint-timeout", str(GRACE_SECONDS + 2)]
        return [sys.executable, "-m", "watchfiles", *options, *timeout, shlex.join(command), *folders]


def project_processes(*, host: str, port: int, workers: int, threads: int, reload: bool) -> list[Process]:
    """Return what makes the project run: web, scheduler and, unless ``workers`` is 0, the worker."""
    grace = ("--grace", str(GRACE_SECONDS))
    web = Process(
        name="web",
        arguments=("web", "--host", host, "--port", str(port), *grace, *(("--reload",) if reload else ())),
    )
    scheduler = Process(name="scheduler", arguments=("scheduler",), reload=reload)
    worker = Process(
        name="worker",
        arguments=("worker", "--processes", str(workers), "--threads", str(threads), *grace),
        reload=reload,
    )
    return [web, scheduler, *([worker] if workers else [])]


def run(processes: list[Process], *, environment: dict[str, str]) -> int:
    """Run ``processes`` until one ends or a signal comes, then stop all; return the exit status."""
    honcho.manager.KILL_WAIT = KILL_SECONDS
    # No time in the margin: the lines bring their own.
    printer = Printer(sys.stdout, time_format="", colour=sys.stdout.isatty(), prefix=True)
    manager = honcho.manager.Manager(printer)
    for process in processes:
        manager.add_process(process.name, process.command, cwd=str(ROOT), env=environment)
    manager.loop()
    return int(manager.returncode or 0)
