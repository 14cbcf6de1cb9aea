"""Noticing at once that rows were committed, without asking for them all the time.

A thread per process watches the database for commits: on SQLite ``PRAGMA data_version`` (a few
microseconds, https://sqlite.org/pragma.html#pragma_data_version), on PostgreSQL ``LISTEN``, fed by a
trigger on the task table. Neither is trusted alone: who waits here also looks once a second.
"""

import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import psycopg
from django.db import connections

from framework.conf import connect_directly
from framework.logs import get_logger

POLL_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 0.002
CHANNEL: Final = "tasks"

logger = get_logger(__name__)


class Wake:
    """A counter of events that threads can wait on; ``watch`` runs in a thread and calls :meth:`announce`."""

    def __init__(self, watch: Callable[["Wake"], None]) -> None:
        self._watch = watch
        self._changed = threading.Condition()
        self._watcher: threading.Thread | None = None
        self.version = 0

    def wait(self, seen: int, timeout: float) -> None:
        """Return when the counter has passed ``seen``, or after ``timeout`` seconds (a second at most)."""
        with self._changed:
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, args=(self,), name="task-wake", daemon=True)
                self._watcher.start()
            self._changed.wait_for(lambda: self.version != seen, min(timeout, POLL_SECONDS))

    def join(self, timeout: float) -> None:
        """Wait for the watcher to end, once ``watch`` has been told to."""
        if self._watcher is not None:
            self._watcher.join(timeout)

    def announce(self) -> None:
        """Wake everybody who waits in this process."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()


def _watch_sqlite(wake: Wake, using: str) -> None:
    pause = threading.Event()
    last: tuple[Any, Any] = (None, None)
    try:
        connections[using].ensure_connection()
        # The driver's own connection: Django's debug log would grow by every look.
        look = connections[using].connection.execute
        while not pause.wait(WATCH_SECONDS):
            version = look("PRAGMA data_version").fetchone()[0]
            if version != last[0]:
                # Like the trigger on PostgreSQL: only new rows are news.
                last, before = (version, look("SELECT max(serial) FROM tasks_task").fetchone()[0]), last
                if last[1] != before[1]:
                    wake.announce()
    finally:
        connections.close_all()


def _watch_postgresql(wake: Wake, using: str) -> None:
    try:
        with connect_directly(using) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            wake.announce()
            while True:
                for _ in connection.notifies(timeout=POLL_SECONDS):
                    wake.announce()
                # A connection that died silently raises here, and the next wait starts a new watcher.
                connection.execute("SELECT 1")
    except psycopg.Error as error:
        logger.warning("task_wake_lost", error=str(error).strip())


@cache
def _wake(using: str, pid: int) -> Wake:
    watchers: dict[str, Any] = {"postgresql": _watch_postgresql, "sqlite": _watch_sqlite}
    watch = watchers[connections[using].vendor]
    return Wake(lambda wake: watch(wake, using))


def wake_for(using: str) -> Wake:
    """Return this process's wake-up for the database ``using``."""
    return _wake(using, os.getpid())
