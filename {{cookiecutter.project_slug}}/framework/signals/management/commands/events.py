"""``manage.py events``: who listens to what."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict, fields
from difflib import get_close_matches
from inspect import cleandoc
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from framework.signals.catalogue import Entry, describe_receivers, mermaid
from framework.signals.events import EventType, declared_events

COLUMNS: Final = ("mode", "queue", "receiver", "source")


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
            self._lines(describe_receivers())

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
        self._lines(entries)

    def _lines(self, entries: Sequence[Entry]) -> None:
        widths = [max((len(getattr(entry, column)) for entry in entries), default=0) for column in COLUMNS]
        for event, receivers in groupby(sorted(entries, key=attrgetter("event")), key=attrgetter("event")):
            self.stdout.write(event)
            for entry in receivers:
                cells = (getattr(entry, column).ljust(width) for column, width in zip(COLUMNS, widths, strict=True))
                self.stdout.write(f"    {'  '.join(cells)}".rstrip())


def _find(name: str) -> EventType:
    kinds = declared_events()
    matches = [kind for kind in kinds if name in (kind.name, kind.declared.__qualname__)]
    if len(matches) == 1:
        return matches[0]
    full = {known: kind.name for kind in kinds for known in (kind.name, kind.declared.__qualname__)}
    near = [kind.name for kind in matches] or [full[known] for known in get_close_matches(name, full, n=2)]
    hint = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    raise CommandError(f"No single event is called {name!r}{hint}")


def _type_name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
