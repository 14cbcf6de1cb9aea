"""``manage.py send``: the sender of a test."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from tests.chaos.shop import tasks


class Command(BaseCommand):
    """Send messages to one actor, all in one transaction."""

    help = "Send one message for each list of arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to send."""
        parser.add_argument("actor")
        parser.add_argument("arguments", type=json.loads, help="a JSON list of lists")

    def handle(self, *, actor: str, arguments: list[list[Any]], **options: Any) -> None:
        """Send them."""
        with transaction.atomic():
            for each in arguments:
                getattr(tasks, actor).send(*each)
