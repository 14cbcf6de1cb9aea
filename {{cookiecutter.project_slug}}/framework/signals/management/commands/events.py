"""``manage.py events``: who listens to what, and what became of durable events."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from difflib import get_close_matches
from inspect import cleandoc
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone
from rich.progress import Progress
from rich.table import Column

from framework.signals.catalogue import Entry, describe_receivers, mermaid
from framework.signals.deliveries import deliveries, describe, replay, requeue
from framework.signals.events import EventType, declared_events
from framework.tables import console_for, print_rows
from framework.tasks.lookup import short_id, task_ids
from framework.tasks.models import Task
from framework.tasks.states import TaskState

COLUMNS: Final = ("mode", "queue", "receiver", "source")


class Command(BaseCommand):
    """One subcommand per question."""

    help = "List, show or draw events and their receivers; see dead deliveries, make them due again, replay events."

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
        for name, text in (
            ("dead", "list deliveries of durable events that failed for good"),
            ("requeue", "make dead deliveries due again: all, or some of them"),
            ("replay", "deliver events that arrived once more, to all of their receivers or to one"),
        ):
            self._add_filters(actions.add_parser(name, help=text), name)

    @staticmethod
    def _add_filters(action: ArgumentParser, name: str) -> None:
        if name == "replay":
            action.add_argument("event", help="such as orders.OrderPlaced, or OrderPlaced")
            action.add_argument("--since", type=datetime.fromisoformat, help="only events of then or later (ISO 8601)")
            action.add_argument("--no-input", action="store_true", help="do not ask first")
        else:
            action.add_argument("--event", default="", help="only of this event")
        action.add_argument("--receiver", default="", help="only for this receiver, by its dotted path")
        if name == "requeue":
            action.add_argument("id", nargs="*", help="ids, or their beginnings; without any, all")
        if name == "dead":
            action.add_argument("--limit", type=int, default=20, help="how many of the newest (default: 20)")
        action.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        if action in {"dead", "requeue", "replay"}:
            getattr(self, f"_{action}")(options)
        elif action == "graph":
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

    def _dead(self, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError(f"--limit {options['limit']} lists nothing; try 20.")
        rows = self._rows(TaskState.DEAD, options).order_by("-serial")[: options["limit"]]
        found = [describe(row) for row in rows]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in found], default=str, indent=2))
            return
        heads = (Column("id", no_wrap=True), "event", "version", "receiver", "attempts", "created", "error")
        print_rows(
            self.stdout,
            heads,
            [
                (
                    short_id(each.id),
                    each.event,
                    each.version,
                    each.receiver,
                    each.attempts,
                    f"{timezone.localtime(each.created_at):%Y-%m-%d %H:%M:%S}",
                    each.error,
                )
                for each in found
            ],
        )

    def _requeue(self, options: dict[str, Any]) -> None:
        chosen = task_ids(options["id"])
        rows = self._rows(TaskState.DEAD, options, ids=chosen)
        self._work("Making due again", rows, requeue, options, "due_again")

    def _replay(self, options: dict[str, Any]) -> None:
        rows = self._rows(TaskState.DONE, options)
        if since := options["since"]:
            rows = rows.filter(created_at__gte=since if since.tzinfo else timezone.make_aware(since))
        total = rows.count()
        question = f"Deliver {total:,} events once more? What their receivers did is done again."
        if total and not options["no_input"] and not self._confirm(question):
            raise CommandError("Nothing was delivered.")
        self._work("Delivering", rows, replay, options, "replayed")

    @staticmethod
    def _rows(state: TaskState, options: dict[str, Any], ids: Collection[UUID] = ()) -> QuerySet[Task]:
        # A dead row may be of an event that is no longer declared, which is why it is dead.
        name = options["event"]
        known = {kind.declared.__qualname__: kind.name for kind in declared_events()}
        if state is TaskState.DONE:
            name = _find(name).name
        return deliveries(state, event=known.get(name, name), receiver=options["receiver"], ids=ids)

    def _work(
        self,
        text: str,
        rows: QuerySet[Task],
        work: Callable[[QuerySet[Task]], Iterator[int]],
        options: dict[str, Any],
        fact: str,
    ) -> None:
        done = 0
        with Progress(console=console_for(self.stderr), transient=True, disable=options["json"]) as progress:
            bar = progress.add_task(text, total=rows.count())
            for number in work(rows):
                done += number
                progress.advance(bar, number)
        self.stdout.write(json.dumps({fact: done}) if options["json"] else f"{fact.replace('_', ' ')}: {done}")

    @staticmethod
    def _confirm(question: str) -> bool:
        if not sys.stdin.isatty():
            raise CommandError(f"{question} Say --no-input to do so without being asked.")
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


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
