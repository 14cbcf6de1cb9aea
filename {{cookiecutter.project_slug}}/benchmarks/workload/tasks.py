"""Our side: plain Dramatiq, as an application of this project would write it."""

import os
import sys
from contextlib import AbstractContextManager
from typing import Any, Final

import dramatiq
from django.core.management import call_command
from django.db import transaction as django_transaction

from benchmarks.comparison import starts
from benchmarks.workload import old_tasks

DURABLE: Final = os.environ.get("BENCHMARK_DURABLE", "1") == "1"


@dramatiq.actor(queue_name="benchmark", durable=DURABLE)
def work(index: int) -> None:
    """Say when it started."""
    starts.record(index)


@dramatiq.actor(queue_name="benchmark", durable=DURABLE)
def work_long(index: int) -> None:
    """Say when it started, and run on."""
    starts.record_and_hold(index)


def send(index: int) -> None:
    """Enqueue a short task."""
    work.send(index)


def hold(index: int) -> None:
    """Enqueue a long task."""
    work_long.send(index)


def transaction() -> AbstractContextManager[Any]:
    """Open the transaction tasks are sent in."""
    return django_transaction.atomic()


def prepare() -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0)


def crowd(ended: int, delayed: int) -> None:
    """Fill the table with tasks of another time."""
    old_tasks.write(ended, delayed)


def worker() -> list[list[str]]:
    """Return the command of the workers."""
    return [[sys.executable, "manage.py", "worker", "--processes", "2", "--threads", "4"]]


def beside() -> list[list[str]]:
    """Return what lives on when workers die: the relay and the recovery of lost work."""
    return [[sys.executable, "manage.py", "scheduler"]]
