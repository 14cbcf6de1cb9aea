"""The clock that leases and due times are compared with.

Several hosts share a PostgreSQL server and their clocks differ, so its own clock decides. SQLite runs
on the host of every process that uses it, where Python's clock is the same and has microseconds.
"""

from datetime import UTC, datetime
from typing import cast

from django.db import connections
from django.db.models.functions import Now
from django.utils import timezone


def now(using: str) -> datetime:
    """Return the present as something the ORM takes wherever it takes a ``datetime``.

    On PostgreSQL that is the expression ``Now()``; adding a ``timedelta`` works for both.
    """
    if connections[using].vendor == "postgresql":
        return cast("datetime", Now())
    return timezone.now()


def present(using: str) -> datetime:
    """Ask the clock that :func:`now` stands for."""
    if connections[using].vendor != "postgresql":
        return timezone.now()
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found.astimezone(UTC)
