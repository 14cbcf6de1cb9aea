"""The processes of the project under one roof, by honcho."""

import shlex
import sys
from dataclasses import dataclass
from typing import Final

import honcho.manager
from honcho.printer import Printer

from framework.conf.environment import ROOT
from framework.supervision import supervised

# Together under the ten seconds after which people (and container platforms) lose patience.
GRACE_SECONDS: Final = 6
KILL_SECONDS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A name for the log's margin, and a ``manage.py`` command with its arguments.

    It is started again when it dies, and with ``reload`` anew when code changes; ``overlap`` lets the old one end while
    the new one runs already.
    """

    name: str
    arguments: tuple[str, ...]
    reload: bool
    overlap: bool = False

    @property
    def command(self) -> str:
        """The command line for a shell."""
        # Who starts them has made the checks.
        manage = [str(ROOT / "manage.py"), *self.arguments, "--skip-checks"]
        grace = GRACE_SECONDS + 1
        return f"exec {shlex.join(supervised(manage, reload=self.reload, overlap=self.overlap, grace=grace))}"


def project_processes(*, host: str, port: int, workers: int, threads: int, reload: bool) -> list[Process]:
    """Return what makes the project run: web, scheduler and, unless ``workers`` is 0, the worker."""
    grace = ("--grace", str(GRACE_SECONDS))
    web = Process(name="web", arguments=("web", "--host", host, "--port", str(port), *grace), reload=reload)
    scheduler = Process(name="scheduler", arguments=("scheduler",), reload=reload, overlap=True)
    sizes = ("--processes", str(workers), "--threads", str(threads))
    worker = Process(name="worker", arguments=("worker", *sizes, *grace), reload=reload, overlap=True)
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
