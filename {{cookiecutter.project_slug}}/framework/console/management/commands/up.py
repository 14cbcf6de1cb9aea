"""``manage.py up``: the whole project with one command."""

import os
import socket
import sys
from argparse import ArgumentParser
from contextlib import closing
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections
from rich.table import Column

from framework.conf import connect_directly, is_redis_cluster
from framework.conf.environment import ROOT
from framework.console.diagnosis import NOT_A_CLUSTER
from framework.console.invocation import manage
from framework.console.processes import project_processes, run
from framework.errors import TaskError
from framework.tables import print_rows
from framework.tasks import ping, require_shared_memory


class Command(BaseCommand):
    """Check, migrate, start everything, stop everything."""

    help = (
        "Check the configuration, migrate the database and run the web server, the scheduler and the worker."
        " Ctrl-C stops all of them; a running task finishes first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address and the size."""
        config = settings.CONFIG.tasks
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
        parser.add_argument(
            "--workers",
            type=int,
            default=config.worker_processes,
            help="worker processes; 0 starts none (default: %(default)s)",
        )
        parser.add_argument(
            "--threads",
            type=int,
            default=config.worker_threads,
            help="threads per worker process (default: %(default)s)",
        )
        parser.add_argument("--no-reload", action="store_true", help="do not restart when code changes")

    def handle(self, **options: Any) -> None:
        """Run until stopped."""
        host, port = options["host"], options["port"]
        if options["workers"] < 0 or options["threads"] < 1:
            raise CommandError("--workers takes 0 or more and --threads 1 or more.")
        require_processes()
        require_free_port(host, port)
        require_database()
        require_broker()
        require_single_redis()
        call_command("migrate", interactive=False, verbosity=0)
        if settings.CONFIG.environment.is_deployed:
            call_command("collectstatic", interactive=False, verbosity=0)
        self._announce(host, port)
        processes = project_processes(
            host=host,
            port=port,
            workers=options["workers"],
            threads=options["threads"],
            reload=settings.DEBUG and not options["no_reload"],
        )
        sys.exit(run(processes, environment=os.environ | {"PYTHONUNBUFFERED": "1"}))

    def _announce(self, host: str, port: int) -> None:
        shown = "localhost" if host in {"127.0.0.1", "::1"} else host
        address = f"http://{shown}:{port}"
        self._keep(address)
        columns = (Column(style="bold"), Column(overflow="fold"))
        print_rows(self.stdout, columns, self._rows(address), title=settings.CONFIG.site.title)

    def _keep(self, address: str) -> None:
        # Where manage.py tour looks unless it is told otherwise.
        folder = settings.CONFIG.state_dir
        try:
            # With PostgreSQL and a mail server nothing else is kept there, so it need not be there yet.
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "address").write_text(address, encoding="utf-8")
        except OSError as error:
            self.stderr.write(
                f"STATE_DIR={str(folder)!r}: the site's address cannot be kept there ({error.strerror});"
                " let this user write to the folder, or name another one."
            )

    @staticmethod
    def _rows(address: str) -> list[tuple[str, str]]:
        config = settings.CONFIG
        rows = [
            ("Site", f"{address}/"),
            ("Admin", f"{address}/admin/"),
            ("Health", f"{address}/livez  {address}/readyz"),
            ("Database", config.database.vendor),
            ("Cache", " → ".join(settings.CACHES["default"]["OPTIONS"]["TIERS"])),
            ("Tasks", config.tasks.broker),
        ]
        if config.email.url is None and not config.environment.is_deployed:
            rows.append(("Mail", f"files in {config.state_dir / 'mail'}"))
        if not get_user_model().objects.filter(is_superuser=True).exists():
            rows.append(("First login", f"cd {ROOT} && {manage('createsuperuser')}"))
        return rows


def require_processes() -> None:
    """Raise ``CommandError`` unless processes can be started that share memory."""
    try:
        require_shared_memory()
    except TaskError as error:
        raise CommandError(f"{error}.") from None


def require_free_port(host: str, port: int) -> None:
    """Raise ``CommandError`` unless a server could listen there."""
    if not 0 < port < 65536:
        raise CommandError(f"--port {port} is not a port; try a number from 1 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"{host}:{port} cannot be used ({error.strerror}); try --port {port + 1}.") from None


def require_database() -> None:
    """Raise ``CommandError`` unless the database answers."""
    connection = connections["default"]
    try:
        if connection.vendor == "postgresql":
            connect_directly("default").close()
        else:
            connection.ensure_connection()
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        raise CommandError(f"The database of DATABASE_URL cannot be reached: {reason}") from None


def require_broker() -> None:
    """Raise ``CommandError`` unless the task broker answers."""
    try:
        ping()
    except TaskError as error:
        raise CommandError(f"BROKER_URL: {error}; start it, or unset BROKER_URL to use the database.") from None


def require_single_redis() -> None:
    """Raise ``CommandError`` when a Redis is part of a cluster, where what belongs together lies on several servers."""
    for name, url in settings.CONFIG.redis_urls.items():
        if is_redis_cluster(url):
            raise CommandError(f"{name} leads to a Redis Cluster, which is not supported. {NOT_A_CLUSTER}")
