"""``manage.py produce``: what a web process does all day, until it is killed."""

import os
import random
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import dramatiq
from django.core.management.base import BaseCommand
from django.db import Error, connection, transaction

from tests.chaos.shop import tasks
from tests.chaos.shop.models import Order

ROLLED_BACK: Final = 0.15
#: What a view computes between its statements, in seconds: kills have to meet open transactions.
WORK: Final = 0.003


class RollbackError(Exception):
    """The order is refused after its tasks were sent."""


class Command(BaseCommand):
    """Place orders: a row and its tasks in one transaction, some of which is rolled back on purpose."""

    help = "Place orders until killed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the pace and where to confirm orders."""
        parser.add_argument("--pause", type=float, required=True, help="seconds between orders, on average")
        parser.add_argument("--confirmed", type=Path, required=True, help="gets a line for each commit that returned")
        parser.add_argument("--refused", type=Path, required=True, help="gets a line for each rollback")

    def handle(self, *, pause: float, confirmed: Path, refused: Path, **options: Any) -> None:
        """Place one order after the other."""
        while True:
            key = uuid.uuid4().hex
            try:
                self._order(key)
            except RollbackError:
                add_line(refused, key)
            except Error:
                connection.close()
            else:
                add_line(confirmed, key)
            time.sleep(random.expovariate(1 / pause))

    def _order(self, key: str) -> None:
        with transaction.atomic():
            Order.objects.create(key=key, release=tasks.RELEASE)
            time.sleep(random.uniform(0, WORK))
            for message in messages(key):
                dramatiq.get_broker().enqueue(message.copy(queue_name=random.choice(tasks.QUEUES)))
            time.sleep(random.uniform(0, WORK))
            if random.random() < ROLLED_BACK:
                raise RollbackError


def messages(key: str) -> Iterator[dramatiq.Message[Any]]:
    """Yield what is to be done for an order, as this release does it."""
    yield tasks.receipt.message(key)
    yield tasks.letter.message(key)
    if tasks.RELEASE == 1:
        yield tasks.note.message(key)
    else:
        yield tasks.note.message(key, "marbled")
        yield tasks.gift.message(key)


def add_line(file: Path, text: str) -> None:
    """Append in one write, which a kill cannot cut and another process cannot split."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, f"{text}\n".encode())
    finally:
        os.close(descriptor)
