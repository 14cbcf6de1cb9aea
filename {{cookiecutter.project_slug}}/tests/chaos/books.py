"""What the database says, read without Django: its processes are the ones that are killed."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

UNREADABLE = (sqlite3.OperationalError, psycopg.OperationalError)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """What is asked of a row of ``framework.tasks.models.Task``."""

    actor: str
    key: str
    state: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Books:
    """One reader of the shop's tables and the task table."""

    url: str

    def orders(self) -> set[str]:
        """Return the keys of all committed orders."""
        return {key for (key,) in self._rows("SELECT key FROM chaos_order")}

    def orders_of(self, release: int) -> set[str]:
        """Return the keys of those orders that this release of the code placed."""
        found = self._rows("SELECT key, release FROM chaos_order")
        return {key for key, of_release in found if of_release == release}

    def effects(self, kind: str) -> Counter[str]:
        """Return how often each key has an effect of ``kind``."""
        found = self._rows("SELECT key, kind FROM chaos_effect")
        return Counter(key for key, of_kind in found if of_kind == kind)

    def tasks(self, actor: str) -> list[TaskRow]:
        """Return the tasks of ``actor``."""
        rows = self._rows("SELECT actor, args, state, attempts FROM tasks_task")
        return [TaskRow(name, _list(args)[0], state, tries) for name, args, state, tries in rows if name == actor]

    def states(self) -> Counter[str]:
        """Return how many of the shop's tasks are in each state; the site has one of its own, once a day."""
        query: LiteralString = (
            "SELECT state, COUNT(*) FROM tasks_task WHERE actor <> 'delete_ended_tasks' GROUP BY state"
        )
        return Counter(dict(self._rows(query)))

    def unfinished(self) -> int:
        """Count the tasks that something will still happen to."""
        states = self.states()
        return states.total() - states["done"] - states["dead"] - states["cancelled"]

    def open_rows(self) -> list[str]:
        """Return all that is known of the tasks that something will still happen to."""
        rows = self._rows("SELECT * FROM tasks_task WHERE state NOT IN ('done', 'dead', 'cancelled')")
        return [str(row) for row in rows]

    def integrity(self) -> str:
        """Return SQLite's own verdict on the file."""
        return str(self._rows("PRAGMA integrity_check")[0][0])

    def _rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        if self.url.startswith("sqlite:///"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=60)) as file:
                return file.execute(query).fetchall()
        with psycopg.connect(self.url, connect_timeout=60) as server:
            return server.execute(query).fetchall()


def _list(value: Any) -> list[Any]:
    found: list[Any] = json.loads(value) if isinstance(value, str) else value
    return found
