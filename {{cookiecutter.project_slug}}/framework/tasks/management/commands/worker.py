"""``manage.py worker``: run the tasks."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Dramatiq's worker with this project's sizes; the same for every broker."""

    help = "Run background tasks until stopped; SIGTERM or Ctrl-C lets running tasks finish first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the worker."""
        config = settings.CONFIG.tasks
        parser.add_argument("--processes", type=int, default=config.worker_processes, help="worker processes")
        parser.add_argument("--threads", type=int, default=config.worker_threads, help="threads per process")
        parser.add_argument("--queues", nargs="*", help="only these queues (default: all)")
        parser.add_argument("--grace", type=float, default=30.0, help="seconds running tasks get to finish")

    def handle(self, **options: Any) -> None:
        """Become Dramatiq's worker."""
        # Read by Dramatiq when it is imported: its Redis consumer polls with pauses of up to this many milliseconds.
        os.environ.setdefault("dramatiq_worker_timeout", "100")
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            self._become_dramatiq(nowhere, options)

    @staticmethod
    def _become_dramatiq(announcement: TextIO, options: dict[str, Any]) -> None:
        call_command(
            "rundramatiq",
            processes=options["processes"],
            threads=options["threads"],
            queues=options["queues"],
            worker_shutdown_timeout=int(options["grace"] * 1000),
            skip_logging=True,
            stdout=announcement,
        )
