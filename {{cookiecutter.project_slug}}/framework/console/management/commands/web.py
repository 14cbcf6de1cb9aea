"""``manage.py web``: serve the site."""

from argparse import ArgumentParser
from typing import Any, Final

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from framework.conf.environment import ROOT

RELOADED_FOLDERS: Final = ("apps", "config", "framework", "templates")


class Command(BaseCommand):
    """Uvicorn with this project's application and log form."""

    help = "Serve the site until stopped; SIGTERM or Ctrl-C lets running requests finish first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address and the size."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--processes", type=int, default=1, help="server processes")
        parser.add_argument("--reload", action="store_true", help="restart when code changes")
        parser.add_argument("--grace", type=int, default=20, help="seconds running requests get to finish")

    def handle(self, **options: Any) -> None:
        """Serve."""
        uvicorn.run(
            settings.ASGI_APPLICATION.replace(".application", ":application"),
            host=options["host"],
            port=options["port"],
            workers=None if options["reload"] else options["processes"],
            reload=options["reload"],
            reload_dirs=reloaded_folders() if options["reload"] else None,
            log_config=None,
            access_log=False,
            # Addresses behind proxies are worked out by the middleware, which knows whom to trust.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=options["grace"],
        )


def reloaded_folders() -> list[str]:
    """Return the folders whose changes restart the server."""
    return [str(ROOT / name) for name in RELOADED_FOLDERS if (ROOT / name).is_dir()]
