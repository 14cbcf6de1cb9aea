"""``manage.py tasks``: look at the queues and act on them."""

import json
import uuid
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from framework.tasks.models import Schedule, Task
from framework.tasks.states import TaskState
from framework.tasks.statistics import stats
from framework.tasks.transitions import cancel, retry

COLUMNS = ("id", "actor", "queue", "state", "attempts", "worker", "created_at")


class Command(BaseCommand):
    """One subcommand per question or action."""

    help = "List queues, tasks and schedules; show, retry or cancel tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        queues = actions.add_parser("queues", help="count tasks by queue and state")
        listing = actions.add_parser("list", help="list the newest tasks")
        listing.add_argument("--state", choices=TaskState.values, help="only tasks in this state")
        listing.add_argument("--limit", type=int, default=20, help="how many (default: 20)")
        schedule = actions.add_parser("schedule", help="list schedules and their next runs")
        show = actions.add_parser("show", help="show one task with its arguments and errors")
        show.add_argument("id", type=uuid.UUID)
        for name, text in (("retry", "make dead or cancelled tasks due again"), ("cancel", "cancel waiting tasks")):
            action = actions.add_parser(name, help=text)
            action.add_argument("id", type=uuid.UUID, nargs="+")
        for action in (queues, listing, schedule, show):
            action.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        getattr(self, f"_{action}")(**options)

    def _queues(self, **options: Any) -> None:
        found = stats()
        rows = [
            {"queue": queue, **{str(s): counts.get(s, 0) for s in TaskState}} for queue, counts in found.queues.items()
        ]
        self._print(("queue", *TaskState.values), rows, as_json=options["json"], document=asdict(found))

    def _list(self, **options: Any) -> None:
        tasks = Task.objects.order_by("-serial")
        if options["state"]:
            tasks = tasks.filter(state=options["state"])
        self._print(COLUMNS, list(tasks.values(*COLUMNS)[: options["limit"]]), as_json=options["json"])

    def _schedule(self, **options: Any) -> None:
        columns = ("name", "expression", "next_run_at", "last_run_at", "paused")
        self._print(columns, list(Schedule.objects.order_by("name").values(*columns)), as_json=options["json"])

    def _show(self, **options: Any) -> None:
        task = Task.objects.filter(id=options["id"]).values().first()
        if task is None:
            raise CommandError(f"There is no task {options['id']}.")
        rows = [{"field": name, "value": value} for name, value in task.items()]
        self._print(("field", "value"), rows, as_json=options["json"], document=task)

    def _retry(self, **options: Any) -> None:
        self.stdout.write(f"{retry(options['id'])} of {len(options['id'])} due again")

    def _cancel(self, **options: Any) -> None:
        self.stdout.write(f"{cancel(options['id'])} of {len(options['id'])} cancelled")

    def _print(
        self, columns: tuple[str, ...], rows: list[Any], *, as_json: bool, document: Mapping[str, Any] | None = None
    ) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows if document is None else document, default=str, indent=2))
            return
        table = Table(*columns)
        for row in rows:
            table.add_row(*("" if row[name] is None else str(row[name]) for name in columns))
        Console(file=cast("IO[str]", self.stdout._out)).print(table)
