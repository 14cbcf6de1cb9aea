"""Noticing at once that tasks were committed, without asking for them all the time.

A thread per process watches the database: on SQLite ``PRAGMA data_version`` (a few microseconds,
https://sqlite.org/pragma.html#pragma_data_version); on PostgreSQL it listens, and the statement that inserts
tasks names their queues.
"""

import os
import threading
from functools import cache
from typing import Final

from django.db import Error, connections

from framework.conf import connect_directly
from framework.logs import get_logger

from .wake import POLL_SECONDS, Wakes

WATCH_SECONDS: Final = 0.002
BUSY_SECONDS: Final = 0.01
CHANNEL: Final = "tasks"

logger = get_logger(__name__)


def commits(using: str) -> Wakes:
    """Return what this process is told of the tasks committed to the database ``using``."""
    return _commits(using, os.getpid())


@cache
def _commits(using: str, pid: int) -> Wakes:
    watch = _watch_postgresql if connections[using].vendor == "postgresql" else _watch_sqlite
    return Wakes(lambda wakes: watch(wakes, using))


def _watch_sqlite(wakes: Wakes, using: str) -> None:
    pause = threading.Event()
    try:
        connections[using].ensure_connection()
        # The driver's own connection: Django's debug log would grow by every look.
        look = connections[using].connection.execute
        version, newest = None, look("SELECT coalesce(max(serial), 0) FROM tasks_task").fetchone()[0]
        wakes.announce()
        patience = WATCH_SECONDS
        while wakes.is_awaited() and not pause.wait(patience):
            before, version = version, look("PRAGMA data_version").fetchone()[0]
            patience = WATCH_SECONDS
            if version == before:
                continue
            # Workers that write all the time are busy anyway.
            patience = BUSY_SECONDS
            for queue, serial in look(
                "SELECT queue, max(serial) FROM tasks_task WHERE serial > ? GROUP BY queue", [newest]
            ).fetchall():
                newest = max(newest, serial)
                wakes.announce(queue)
    except Error as error:
        logger.warning("task_wake_lost", error=str(error).strip())
    finally:
        connections.close_all()


def _watch_postgresql(wakes: Wakes, using: str) -> None:
    try:
        with connections[using].wrap_database_errors, connect_directly(using) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            wakes.announce()
            while wakes.is_awaited():
                for notification in connection.notifies(timeout=POLL_SECONDS):
                    wakes.announce(notification.payload or None)
                # A connection that died silently raises here, and the next wait starts a new watcher.
                connection.execute("SELECT 1")
    except Error as error:
        logger.warning("task_wake_lost", error=str(error).strip())
