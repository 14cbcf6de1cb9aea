"""``manage.py send``: the sender of a test."""

import json
from argparse import ArgumentParser
from itertools import product
from typing import Any

import dramatiq
from django.core.management.base import BaseCommand
from django.db import transaction

import tests.chaos.shop.tasks  # noqa: F401  # declares the actors


class Command(BaseCommand):
    """Send messages to actors, all in one transaction."""

    help = "Send each actor one message for each list of arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to send."""
        parser.add_argument("actors", nargs="+")
        parser.add_argument("arguments", type=json.loads, help="a JSON list of lists")

    def handle(self, *, actors: list[str], arguments: list[list[Any]], **options: Any) -> None:
        """Send them."""
        with transaction.atomic():
            for actor, each in product(actors, arguments):
                dramatiq.get_broker().get_actor(actor).send(*each)
