"""Tests whose database is behind a PgBouncer of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asgiref.sync import SyncToAsync
from django.db import connections

from framework.conf import DatabaseConfig
from tests.requirement import need
from tests.servers import PgBouncer


@contextmanager
def behind_pooler(folder: Path) -> Iterator[PgBouncer]:
    """Let every connection of this process go through a PgBouncer whose files are in ``folder``."""
    need(PgBouncer.binary() is not None, "PgBouncer")
    settings = connections.settings["default"]
    direct = {name: settings[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    pooler = PgBouncer(data=folder / "pooler", log=folder / "pooler.log", server_port=int(settings["PORT"]))
    pooler.start()
    try:
        pooler.wait_ready()
        url = f"postgres://{direct['USER']}:{direct['PASSWORD']}@{direct['HOST']}:{direct['PORT']}/postgres"
        entry = DatabaseConfig(url=pooler.url, direct_url=url).django(folder)
        changed = {name: entry[name] for name in ("HOST", "PORT", "DIRECT", "DISABLE_SERVER_SIDE_CURSORS")}
        before = dict(settings)
        settings.update(changed)
        _begin_anew()
        try:
            yield pooler
        finally:
            settings.pop("DIRECT")
            settings.update(before)
            _begin_anew()
    finally:
        pooler.stop()


def _begin_anew() -> None:
    # The thread of coroutines' database calls outlives its tests.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
    connections.close_all()
    wrapper: Any = connections["default"]
    wrapper.close_pool()
