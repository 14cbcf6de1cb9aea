"""Connections on which every statement is a transaction of its own, whatever transaction their caller is in.

A row that is written inside a transaction is locked until that ends, and an error there aborts it. So PostgreSQL gets a
connection beside the thread's own while that one is in a transaction. SQLite has one writer for all of a file: there
the cache has a file of its own, beside the database's.
"""

import atexit
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from copy import deepcopy
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from framework.files import create_once
from framework.postgresql import pool_closed

#: A server may have ended a session that was unused for so long; to ask costs a round trip.
UNUSED_SECONDS: Final = 1.0
#: Sessions that a busy moment needed do not stay for ever.
SURPLUS_SECONDS: Final = 60.0
#: How long a statement on SQLite waits for those of others.
SQLITE_SECONDS: Final = 1.0

_CREATE: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE "{table}" (cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires datetime NOT NULL);
CREATE INDEX "{table}_expires" ON "{table}" (expires);
"""

#: The connections that nobody uses now, by alias and database: the one used last is last, with the moment of that.
_idle: Final[dict[tuple[str, str], list[tuple[float, BaseDatabaseWrapper]]]] = {}
#: Those of the parent process; to close one would end the parent's session.
_inherited: Final[list[object]] = []


@contextmanager
def autocommit_connection(alias: str, table: str) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to where ``table`` of the database ``alias`` stands; raises ``django.db.Error``."""
    own = connections[alias]
    if own.vendor != "sqlite" and not own.in_atomic_block and own.get_autocommit():
        yield own
        return
    idle = _idle.setdefault((alias, str(own.settings_dict["NAME"])), [])
    connection = _usable(idle) or _beside(own, table)
    try:
        yield connection
    except BaseException:
        # It may be in the middle of a statement.
        connection.close()
        raise
    now = time.monotonic()
    idle.append((now, connection))
    if now - idle[0][0] > SURPLUS_SECONDS:
        _close(idle, 0)


def close_unused(**kwargs: Any) -> None:
    """Close the connections that nobody uses now."""
    for idle in list(_idle.values()):
        while idle:
            _close(idle, -1)


def _usable(idle: list[tuple[float, BaseDatabaseWrapper]]) -> BaseDatabaseWrapper | None:
    try:
        used, connection = idle.pop()
    except IndexError:
        return None
    if connection.vendor != "sqlite" and time.monotonic() - used > UNUSED_SECONDS and not connection.is_usable():
        connection.close()
    return connection


def _close(idle: list[tuple[float, BaseDatabaseWrapper]], place: int) -> None:
    # Another thread may have taken it.
    with suppress(IndexError):
        idle.pop(place)[1].close()


def _beside(own: BaseDatabaseWrapper, table: str) -> BaseDatabaseWrapper:
    settings = deepcopy(own.settings_dict)
    if own.vendor == "sqlite":
        options = {"timeout": SQLITE_SECONDS, "init_command": "PRAGMA synchronous = NORMAL"}
        settings |= {"NAME": _file_beside(own, table), "OPTIONS": options}
    else:
        # A thread that waits for a second connection of the pool that it holds one of may wait for ever.
        settings["OPTIONS"].pop("pool", None)
        settings["OPTIONS"].pop("isolation_level", None)
    connection = type(own)(settings, own.alias)
    connection.inc_thread_sharing()
    return connection


def _file_beside(own: BaseDatabaseWrapper, table: str) -> Path:
    """Return the file of the cache, with its table in it."""
    with own.cursor() as cursor:
        # Of a database in memory there is no name.
        [name] = [row[2] for row in cursor.execute("PRAGMA database_list").fetchall() if row[1] == "main"]
    path = Path(f"{name}-cache") if name else _folder_of_process() / "cache"
    if not path.exists():
        create_once(path, partial(_make_table, table))
    return path


def _make_table(table: str, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(_CREATE.format(table=table))


@cache
def _folder_of_process() -> Path:
    """Return a folder that goes with this process, as a database in memory does."""
    folder = tempfile.TemporaryDirectory(prefix="cache-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _forget_inherited() -> None:
    _inherited.extend(_idle.values())
    _idle.clear()


pool_closed.connect(close_unused, dispatch_uid=__name__)
atexit.register(close_unused)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_inherited)
