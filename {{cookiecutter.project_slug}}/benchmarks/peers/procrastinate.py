# /// script
# requires-python = ">=3.12"
# dependencies = ["procrastinate[django]==3.10.*", "psycopg[binary]>=3.3", "django>=6.1,<6.2"]
# ///
"""procrastinate on PostgreSQL through Django's connection, two workers of four; a retry policy, for redelivery."""

import sys
from contextlib import AbstractContextManager
from typing import Any

from django.core.management import call_command
from django.db import transaction as django_transaction
from procrastinate.contrib.django import app

from benchmarks.comparison import starts

work = app.task(retry=3)(starts.record)
work_long = app.task(retry=3)(starts.record_and_hold)


def send(index: int) -> None:
    """Enqueue a short task."""
    work.defer(index=index)


def hold(index: int) -> None:
    """Enqueue a long task."""
    work_long.defer(index=index)


def transaction() -> AbstractContextManager[Any]:
    """Open the transaction tasks are sent in."""
    return django_transaction.atomic()


def prepare() -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0)


def worker() -> list[list[str]]:
    """Return the commands of the workers."""
    return [[sys.executable, "-m", "django", "procrastinate", "worker", "--concurrency", "4"]] * 2
