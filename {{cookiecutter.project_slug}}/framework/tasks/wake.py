"""Noticing at once that rows were committed, without asking for them all the time.

A thread per process watches the database for commits: on SQLite ``PRAGMA data_version`` (a few
microseconds, https://sqlite.org/pragma.html#pragma_data_version), on PostgreSQL ``LISTEN``, fed by a
trigger on the task table. Neither is trusted alone: who waits here also looks once a second.
"""

import os
import threading
from functools import cache
from typing import Final

import psycopg
from django.db import connections

from framework.logs import get_logger

POLL_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 0.005
CHANNEL: Final = "tasks"

logger = get_logger(__name__)


class Wake:
    """A counter of commits that threads can wait on."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._changed = threading.Condition()
        self._watcher: threading.Thread | None = None
        self._pid = os.getpid()
        self.version = 0

    def wait(self, seen: int, timeout: float) -> None:
        """Return when the counter has passed ``seen``, or after ``timeout`` seconds (a second at most)."""
        self._watch()
        with self._changed:
            self._changed.wait_for(lambda: self.version != seen, min(timeout, POLL_SECONDS))

    def announce(self) -> None:
        """Wake everybody who waits in this process."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def _watch(self) -> None:
        with self._changed:
            if self._watcher is None or not self._watcher.is_alive():
                vendor = connections[self._using].vendor
                target = self._watch_postgresql if vendor == "postgresql" else self._watch_sqlite
                self._watcher = threading.Thread(target=target, name="task-wake", daemon=True)
                self._watcher.start()

    def _watch_sqlite(self) -> None:
        connection = connections[self._using]
        pause = threading.Event()
        last = None
        try:
            with connection.cursor() as cursor:
                while not pause.wait(WATCH_SECONDS):
                    cursor.execute("PRAGMA data_version")
                    version = cursor.fetchone()[0]
                    if version != last:
                        last = version
                        self.announce()
        finally:
            connections.close_all()

    def _watch_postgresql(self) -> None:
        parameters = connections[self._using].get_connection_params()
        for django_only in ("pool", "cursor_factory", "context"):
            parameters.pop(django_only, None)
        try:
            with psycopg.connect(**parameters, autocommit=True) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                while True:
                    for _ in connection.notifies(timeout=POLL_SECONDS):
                        self.announce()
                    # A connection that died silently raises here, and the next wait starts a new watcher.
                    connection.execute("SELECT 1")
        except psycopg.Error as error:
            logger.warning("task_wake_lost", error=str(error))


@cache
def _wake(using: str, pid: int) -> Wake:
    return Wake(using)


def wake_for(using: str) -> Wake:
    """Return this process's wake-up for the database ``using``."""
    return _wake(using, os.getpid())
