"""``manage.py worker``: run the tasks."""

import gc
import multiprocessing
import os
import sys
import threading
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

import dramatiq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.module_loading import autodiscover_modules
from django_dramatiq.management.commands.rundramatiq import Command as RunDramatiq
from dramatiq.cli import main as run_dramatiq, make_argument_parser

from framework.supervision import supervised
from framework.tasks import SharedMemoryError, require_shared_memory


class Command(BaseCommand):
    """Dramatiq's worker with this project's sizes; the same for every broker."""

    help = (
        "Run background tasks until stopped; SIGTERM or Ctrl-C lets running tasks finish first. "
        "Exits when one of its processes dies, so that a supervisor can start it anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the worker."""
        config = settings.CONFIG.tasks
        parser.add_argument("--processes", type=int, default=config.worker_processes, help="worker processes")
        parser.add_argument("--threads", type=int, default=config.worker_threads, help="threads per process")
        parser.add_argument("--queues", nargs="*", metavar="QUEUE", help="only these queues (default: all)")
        parser.add_argument("--grace", type=float, default=30.0, help="seconds running tasks get to finish")
        parser.add_argument(
            "--reload", action="store_true", help="start anew when a Python file changes, or when it dies"
        )
        parser.add_argument("--health-file", type=Path, metavar="FILE", help="touched every few seconds while it works")

    def handle(self, **options: Any) -> None:
        """Become Dramatiq's worker."""
        for name in ("processes", "threads"):
            if options[name] < 1:
                raise CommandError(f"--{name} {options[name]} runs nothing; try 1.")
        try:
            require_shared_memory()
        except SharedMemoryError as error:
            raise CommandError(f"{error}.") from None
        if options["queues"]:
            self._require_known(options["queues"])
        if options["health_file"]:
            if not options["health_file"].parent.is_dir():
                raise CommandError(f"--health-file {options['health_file']}: there is no such folder.")
            os.environ["WORKER_HEALTH_FILE"] = str(options["health_file"].resolve())
        self._require_connections(options["processes"], options["threads"])
        if options["reload"]:
            self._become_watcher(options["grace"])
        self._become_dramatiq(options)

    @staticmethod
    def _require_connections(processes: int, threads: int) -> None:
        from framework.tasks.pool import connections_let_in, fit_pool

        wanted = processes * fit_pool(threads)
        if wanted and (free := connections_let_in()) is not None and wanted > free:
            raise CommandError(
                f"{processes} processes of {threads} threads may need {wanted} connections to PostgreSQL, which lets in"
                f" {free}; ask for fewer, set DATABASE_POOL_SIZE, or raise max_connections."
            )

    @staticmethod
    def _require_known(queues: list[str]) -> None:
        autodiscover_modules(*settings.DRAMATIQ_AUTODISCOVER_MODULES)
        known = dramatiq.get_broker().get_declared_queues()
        if unknown := sorted({*queues} - known):
            raise CommandError(f"No actor sends to {', '.join(unknown)}; there is {', '.join(sorted(known))}.")

    @staticmethod
    def _become_watcher(grace: float) -> None:
        worker = [argument for argument in sys.argv if argument != "--reload"]
        command = supervised(worker, reload=True, overlap=True, grace=grace + 1)
        os.execv(sys.executable, command)  # noqa: S606 - our own command

    @staticmethod
    def _become_dramatiq(options: dict[str, Any]) -> None:
        """Run Dramatiq's worker in this process: what is loaded is shared with the processes that it forks."""
        modules = RunDramatiq(stdout=StringIO()).discover_tasks_modules()
        sizes = [f"--{name}={options[name]}" for name in ("processes", "threads")]
        grace = f"--worker-shutdown-timeout={int(options['grace'] * 1000)}"
        queues = ["--queues", *options["queues"]] if options["queues"] else []
        arguments = make_argument_parser().parse_args([*sizes, grace, "--skip-logging", *modules, *queues])
        connections.close_all()
        if sys.platform == "linux" and threading.active_count() == 1:
            multiprocessing.set_start_method("fork", force=True)
            # The collector writes to all it looks at, which would give each process a copy.
            gc.freeze()
        # Asked to start anew by SIGHUP, it runs what this says.
        sys.argv = [sys.executable, *sys.argv]
        sys.exit(run_dramatiq(arguments))
