"""Clocks that jump: that of the hosts, and PostgreSQL's own.

A jump meets what reads the clock where it is read, in every process at once, as when somebody sets a clock.
"""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db.backends.signals import connection_created
from django.utils import timezone

#: The functions of this schema are found before PostgreSQL's own.
SCHEMA: Final = """
CREATE SCHEMA shifted;
CREATE TABLE shifted.clock (by interval NOT NULL);
INSERT INTO shifted.clock VALUES ('0');
CREATE FUNCTION shifted.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.statement_timestamp() + by FROM shifted.clock';
ALTER DATABASE postgres SET search_path = shifted, pg_catalog, public
"""


def prepare_postgresql(url: str) -> None:
    """Give the database at ``url`` a clock that :func:`shift_postgresql` moves."""
    with psycopg.connect(url) as server:
        server.execute(SCHEMA)


def shift_postgresql(url: str, seconds: float) -> bool:
    """Set PostgreSQL's clock forward, or back when ``seconds`` is negative; false when it is not there to be set."""
    try:
        with psycopg.connect(url, connect_timeout=5) as server:
            server.execute("UPDATE shifted.clock SET by = by + %s", [timedelta(seconds=seconds)])
    except psycopg.OperationalError:
        return False
    return True


def shift_hosts(folder: Path, seconds: float) -> bool:
    """Set the clock of all processes of the site in ``folder`` forward or back."""
    changed = folder / "clock.new"
    changed.write_text(str(_shift(folder / "clock") + seconds), encoding="utf-8")
    changed.replace(folder / "clock")
    return True


def live_by(folder: Path) -> None:
    """Let this process live by the clock of the site in ``folder``."""
    file, real_time, real_now = folder / "clock", time.time, timezone.now

    def now() -> datetime:
        return real_now() + timedelta(seconds=_shift(file))

    time.time = lambda: real_time() + _shift(file)
    timezone.now = now
    connection_created.connect(_teach_sqlite(now), weak=False)


def _teach_sqlite(now: Callable[[], datetime]) -> Callable[..., None]:
    """Return a receiver that lets the columns' defaults on SQLite use ``now``."""

    def strftime(form: str, moment: str) -> str:
        assert moment == "NOW", "this clock knows the present only"
        # Its %f is the seconds with three digits after their point.
        return now().astimezone(UTC).strftime(form.replace("%f", "%S.%f"))[:-3]

    def teach(connection: Any, **said: Any) -> None:
        if isinstance(connection.connection, sqlite3.Connection):
            connection.connection.create_function("strftime", 2, strftime)

    return teach


def _shift(file: Path) -> float:
    try:
        return float(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0.0
