"""``manage.py events``: who listens to what."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict, fields
from difflib import get_close_matches
from inspect import cleandoc
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from framework.signals.catalogue import Entry, describe_receivers, mermaid
from framework.signals.events import EventType, declared_events


class Command(BaseCommand):
    """One subcommand per question."""

    help = "List events and their receivers, show one event, or draw them as a Mermaid graph."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        show = actions.add_parser("show", help="show one event: its fields, version and receivers")
        show.add_argument("name", help="such as orders.OrderPlaced, or OrderPlaced")
        for action in (
            actions.add_parser("list", help="list receivers by event"),
            actions.add_parser("graph", help="print a Mermaid graph"),
            show,
        ):
            action.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        if action == "graph":
            self.stdout.write(json.dumps({"mermaid": mermaid()}) if options["json"] else mermaid())
        elif action == "show":
            self._show(_find(options["name"]), as_json=options["json"])
        elif options["json"]:
            self.stdout.write(json.dumps([asdict(entry) for entry in describe_receivers()], indent=2))
        else:
            self._table(describe_receivers())

    def _show(self, kind: EventType, *, as_json: bool) -> None:
        declared = kind.declared
        path = f"{declared.__module__}.{declared.__qualname__}"
        summary = cleandoc(declared.__doc__ or "").partition("\n")[0]
        types = {field.name: _type_name(field.type) for field in fields(declared)}
        entries = [entry for entry in describe_receivers() if entry.event == kind.name]
        if as_json:
            facts = {"name": kind.name, "version": kind.version, "class": path, "summary": summary, "fields": types}
            self.stdout.write(json.dumps({**facts, "receivers": [asdict(entry) for entry in entries]}, indent=2))
            return
        self.stdout.write(f"{kind.name}, version {kind.version}: {summary}")
        self.stdout.write(f"{path}({', '.join(f'{name}: {kept}' for name, kept in types.items())})")
        self._table(entries)

    def _table(self, entries: Sequence[Entry]) -> None:
        table = Table(*(Column(field.name, overflow="fold") for field in fields(Entry)), box=SIMPLE_HEAD)
        for entry in entries:
            table.add_row(*asdict(entry).values())
        Console(file=cast("IO[str]", self.stdout._out)).print(table)


def _find(name: str) -> EventType:
    kinds = {kind.name: kind for kind in declared_events()}
    matches = [kind for full, kind in kinds.items() if name in (full, kind.declared.__qualname__)]
    if len(matches) == 1:
        return matches[0]
    near = [kind.name for kind in matches] or get_close_matches(name, kinds, n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise CommandError(f"No single event is called {name!r}{hint}")


def _type_name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
