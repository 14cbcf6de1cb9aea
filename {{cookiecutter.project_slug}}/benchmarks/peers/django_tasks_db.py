# /// script
# requires-python = ">=3.12"
# dependencies = ["django-tasks-db==0.13.*", "psycopg[binary]>=3.3", "django>=6.1,<6.2"]
# ///
"""django-tasks-db on PostgreSQL: eight processes, since a worker of it runs one task at a time."""

import sys
from contextlib import AbstractContextManager
from typing import Any

from django.core.management import call_command
from django.db import transaction as django_transaction
from django.tasks import task

from benchmarks.comparison import starts


@task
def work(index: int) -> None:
    """Say when it started."""
    starts.record(index)


@task
def work_long(index: int) -> None:
    """Say when it started, and run on."""
    starts.record_and_hold(index)


def send(index: int) -> None:
    """Enqueue a short task."""
    work.enqueue(index)


def hold(index: int) -> None:
    """Enqueue a long task."""
    work_long.enqueue(index)


def transaction() -> AbstractContextManager[Any]:
    """Open the transaction tasks are sent in."""
    return django_transaction.atomic()


def prepare() -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0)


def worker() -> list[list[str]]:
    """Return the commands of the workers."""
    return [[sys.executable, "-m", "django", "db_worker"]] * 8
