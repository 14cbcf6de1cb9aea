"""``manage.py events``: who listens to what."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from framework.conf.environment import ROOT
from framework.signals.events import declared_events, name_of
from framework.signals.receivers import Receiver, all_receivers

COLUMNS = ("event", "receiver", "mode", "queue", "source")


class Command(BaseCommand):
    """One subcommand per question."""

    help = "List events and their receivers, or draw them as a Mermaid graph."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="list receivers by event").add_argument("--json", action="store_true")
        actions.add_parser("graph", help="print a Mermaid graph")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        if action == "graph":
            self.stdout.write(graph())
            return
        rows = [row(receiver) for receiver in all_receivers()]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        table = Table(*COLUMNS)
        for entry in rows:
            table.add_row(*entry.values())
        Console(file=cast("IO[str]", self.stdout._out)).print(table)


def row(receiver: Receiver) -> dict[str, str]:
    """Return what is known of one receiver."""
    path, _, line = receiver.source.rpartition(":")
    inside = Path(path).is_relative_to(ROOT)
    return {
        "event": name_of(receiver.event),
        "receiver": receiver.name,
        "mode": str(receiver.mode),
        "queue": receiver.queue if receiver.mode == "durable" else "",
        "source": f"{Path(path).relative_to(ROOT) if inside else path}:{line}",
    }


def graph() -> str:
    """Return events and receivers as a Mermaid flowchart."""
    events = {declared: f"e{number}" for number, declared in enumerate(declared_events())}
    lines = ["flowchart LR", *(f'    {node}(["{declared.__qualname__}"])' for declared, node in events.items())]
    for number, receiver in enumerate(all_receivers()):
        lines.append(f'    r{number}["{receiver.function.__qualname__}"]')
        lines.append(f"    {events[receiver.event]} -- {receiver.mode} --> r{number}")
    return "\n".join(lines)
