"""``manage.py tour``: check a running site by ordering something."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.table import Column

from apps.orders.tour import Visit, visit
from framework.tables import print_rows

# A log has no width to fit into, and an id broken in two cannot be searched for.
WIDTH_IN_A_LOG: Final = 120


class Command(BaseCommand):
    """Visit the site like a customer and report every step."""

    help = (
        "Place an order at a running site over HTTP and follow it to the recomputed summary."
        " Exit status 0 only if every step was observed, in order."
    )
    # The site that is visited may be another than this one: no check of this one's set-up is needed.
    requires_system_checks: list[str] = []  # noqa: RUF012 - the base class declares it so

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address, the patience and the form."""
        parser.add_argument("--url", default=last_address(), help="the site (default: %(default)s)")
        parser.add_argument("--timeout", type=_seconds, default=20, help="seconds to wait for the last step")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """Visit and report."""
        seen = visit(options["url"], timeout=options["timeout"])
        if options["json"]:
            self.stdout.write(json.dumps(seen.as_dict(), indent=2))
        else:
            self._show(seen)
        if not seen.ok:
            sys.exit(1)

    def _show(self, seen: Visit) -> None:
        if seen.steps:
            self._table(seen)
        for problem in seen.problems:
            self.stderr.write(self.style.ERROR(problem))
        if seen.ok:
            change = f"{seen.orders_before} before, {seen.orders_after} after"
            self.stdout.write(self.style.SUCCESS(f"Every step was observed; confirmed orders: {change}."))

    def _table(self, seen: Visit) -> None:
        columns = (
            Column("Step", overflow="fold"),
            Column("Where", overflow="fold"),
            Column("After", overflow="fold", justify="right"),
            Column("Observed", overflow="fold"),
        )
        rows = [(step["title"], step["place"], f"{step['ms']:.1f} ms", step["detail"]) for step in seen.steps]
        width = None if self.stdout.isatty() else WIDTH_IN_A_LOG
        print_rows(self.stdout, columns, rows, title=f"Order {seen.order}", width=width)


def last_address() -> str:
    """Return where ``manage.py up`` last served this project."""
    try:
        return (settings.CONFIG.state_dir / "address").read_text(encoding="utf-8")
    except FileNotFoundError:
        return "http://127.0.0.1:8000"


def _seconds(text: str) -> float:
    seconds = float(text)
    if seconds <= 0:
        raise ArgumentTypeError(f"{text} is no time to wait; try 20")
    return seconds
