"""``manage.py tasks``: look at the queues and act on them."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import dramatiq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from rich.progress import Progress
from rich.table import Column

from framework.tables import console_for, print_rows
from framework.tasks.clock import present
from framework.tasks.listing import tasks_in, to_search
from framework.tasks.lookup import short_id, task_ids
from framework.tasks.metrics import prometheus_metrics
from framework.tasks.models import Schedule, Task
from framework.tasks.scheduling import plans
from framework.tasks.states import TaskState
from framework.tasks.states.ended import dead, in_batches
from framework.tasks.states.pending import waiting_in
from framework.tasks.statistics import stats, worker_stats
from framework.tasks.transitions import cancel, database, pause, purge, resume, retry
from framework.tasks.watching import watch

COLUMNS = ("id", "actor", "queue", "state", "attempts", "progress", "worker", "created_at")
BATCH = 500


class Command(BaseCommand):
    """One subcommand per question or action."""

    help = "See and steer the tasks: count, list, show, watch, retry, cancel, pause, purge."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, text in (
            ("queues", "count tasks by queue and state"),
            ("workers", "list the worker processes and what they run"),
            ("schedule", "list schedules and their next runs"),
            ("metrics", "print Prometheus gauges, as for node_exporter's textfile collector"),
        ):
            actions.add_parser(name, help=text)
        for name, text in (("list", "list the newest tasks"), ("dead", "list tasks that failed for good")):
            listing = actions.add_parser(name, help=text)
            self._add_filters(listing)
            listing.add_argument("--limit", type=int, default=20, help="how many (default: 20)")
            if name == "list":
                listing.add_argument("--state", choices=TaskState.values, help="only tasks in this state")
        actions.add_parser("show", help="show one task with its arguments and errors").add_argument(
            "id", help="its id, or the beginning of it"
        )
        for name, text in (
            ("retry", "make dead, cancelled or waiting tasks due at once"),
            ("cancel", "cancel waiting tasks, and ask running ones to stop"),
        ):
            actions.add_parser(name, help=text).add_argument("id", nargs="+", help="its id, or the beginning of it")
        requeue = actions.add_parser("requeue", help="make all dead tasks due again, or some of them")
        self._add_filters(requeue)
        for name, text in (
            ("pause", "hand out nothing more from a queue"),
            ("resume", "hand out tasks of a queue again"),
            ("purge", "cancel everything that waits in a queue"),
        ):
            actions.add_parser(name, help=text).add_argument("queue")
        actions.choices["purge"].add_argument("--no-input", action="store_true", help="do not ask first")
        watching = actions.add_parser("watch", help="follow the queues until Ctrl-C")
        watching.add_argument("--interval", type=float, default=1.0, help="seconds between looks (default: 1)")
        watching.add_argument("--until-empty", action="store_true", help="end when nothing waits or runs")
        for action in actions.choices.values():
            action.add_argument("--json", action="store_true", help="machine-readable output")

    @staticmethod
    def _add_filters(parser: ArgumentParser) -> None:
        parser.add_argument("--queue", help="only tasks of this queue")
        parser.add_argument("--actor", help="only tasks of this actor")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        try:
            getattr(self, f"_{action}")(options)
        except DatabaseError as error:
            raise CommandError(f"The database says: {error}. Is it migrated (manage.py migrate)?") from error

    def _queues(self, options: dict[str, Any]) -> None:
        found = stats()
        rows = [
            {
                "queue": queue,
                **{str(state): found.shown(state, queue) for state in TaskState},
                "paused": queue in found.paused or "",
            }
            for queue in sorted({*found.queues, *found.paused})
        ]
        self._print(("queue", *TaskState.values, "paused"), rows, options, document=asdict(found))

    def _workers(self, options: dict[str, Any]) -> None:
        rows = [asdict(worker) for worker in worker_stats()]
        self._print(("name", "threads", "running", "queues", "started_at", "beat_at"), rows, options)

    def _metrics(self, options: dict[str, Any]) -> None:
        text = prometheus_metrics().decode()
        self.stdout.write(json.dumps(text.splitlines()) if options["json"] else text, ending="")

    def _list(self, options: dict[str, Any]) -> None:
        self._print_tasks(options["state"], options)

    def _dead(self, options: dict[str, Any]) -> None:
        self._print_tasks(TaskState.DEAD, options)

    def _schedule(self, options: dict[str, Any]) -> None:
        autodiscover_modules(*settings.DRAMATIQ_AUTODISCOVER_MODULES)
        coming = {plan.name: plan for plan in plans()}
        rows = []
        for row in Schedule.objects.using(database()).order_by("name").values():
            plan = coming.get(row["name"])
            # Asked from the next run on, since a clock that stands still or runs late does not skip it.
            later = plan.next_runs(max(row["next_run_at"], timezone.now()), 2) if plan else []
            rows.append({**row, "then": later if plan else "no longer declared"})
        self._print(("name", "expression", "last_run_at", "next_run_at", "then", "paused"), rows, options)

    def _show(self, options: dict[str, Any]) -> None:
        [task_id] = task_ids([options["id"]])
        task = Task.objects.using(database()).values().get(id=task_id)
        rows = [{"field": name, "value": value} for name, value in task.items() if name != "errors"]
        self._print(("field", "value"), rows, options, document=task)
        if not options["json"]:
            for number, error in enumerate(task["errors"], 1):
                text = error["traceback"] or f"{error['type']}: {error['message']}"
                self.stdout.write(f"\nError {number} of {len(task['errors'])}\n{text}")

    def _retry(self, options: dict[str, Any]) -> None:
        chosen = task_ids(options["id"])
        self._tell(options, due_again=retry(chosen), of=len(chosen))

    def _cancel(self, options: dict[str, Any]) -> None:
        chosen = task_ids(options["id"])
        self._tell(options, cancelled=cancel(chosen), of=len(chosen))

    def _pause(self, options: dict[str, Any]) -> None:
        self._check_queue(options["queue"])
        self._tell(options, queue=options["queue"], paused=True, changed=pause(options["queue"]))

    def _resume(self, options: dict[str, Any]) -> None:
        self._check_queue(options["queue"])
        self._tell(options, queue=options["queue"], paused=False, changed=resume(options["queue"]))

    def _purge(self, options: dict[str, Any]) -> None:
        queue = options["queue"]
        self._check_queue(queue)
        total = waiting_in(queue, database()).count()
        if total and not options["no_input"] and not self._confirm(f"Cancel {total:,} waiting tasks of {queue}?"):
            raise CommandError("Nothing was cancelled.")
        done = 0
        with self._progress(options) as progress:
            bar = progress.add_task("Cancelling", total=total)
            for batch in purge(queue):
                done += batch
                progress.advance(bar, batch)
        self._tell(options, queue=queue, cancelled=done)

    def _requeue(self, options: dict[str, Any]) -> None:
        # What dies again meanwhile is not met twice.
        tasks = self._filtered(dead(database()), options).filter(finished_at__lte=present(database()))
        done = 0
        with self._progress(options) as progress:
            bar = progress.add_task("Making due again", total=tasks.count())
            for batch in in_batches(tasks, BATCH):
                done += retry(batch)
                progress.advance(bar, len(batch))
        self._tell(options, due_again=done)

    def _watch(self, options: dict[str, Any]) -> None:
        watch(
            self.stdout,
            interval=max(0.05, options["interval"]),
            until_empty=options["until_empty"],
            as_json=options["json"],
        )

    @staticmethod
    def _check_queue(queue: str) -> None:
        found = stats()
        known = {*dramatiq.get_broker().get_declared_queues(), *found.queues, *found.paused}
        if queue not in known:
            raise CommandError(f"There is no queue {queue}; the queues are {', '.join(sorted(known))}.")

    def _filtered(self, tasks: QuerySet[Task], options: dict[str, Any]) -> QuerySet[Task]:
        if options["queue"]:
            self._check_queue(options["queue"])
        for name in ("queue", "actor"):
            if options[name]:
                tasks = tasks.filter(**{name: options[name]})
        return tasks

    def _print_tasks(self, state: str | None, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError(f"--limit {options['limit']} lists nothing; try 20.")
        look = to_search if options["queue"] or options["actor"] else tasks_in
        chosen = self._filtered(look(state or None, database()), options)
        rows = list(chosen.values(*COLUMNS)[: options["limit"]])
        if not options["json"]:
            rows = [{**row, "id": short_id(row["id"])} for row in rows]
        self._print(COLUMNS, rows, options)

    def _print(
        self,
        columns: tuple[str, ...],
        rows: list[Any],
        options: dict[str, Any],
        *,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(rows if document is None else document, default=str, indent=2))
        else:
            # An id is for typing again, so that it stays in one piece.
            heads = [Column("id", no_wrap=True) if name == "id" else name for name in columns]
            print_rows(self.stdout, heads, [[_shown(row[name]) for name in columns] for row in rows])

    def _tell(self, options: dict[str, Any], **facts: Any) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))

    def _progress(self, options: dict[str, Any]) -> Progress:
        return Progress(console=console_for(self.stderr), transient=True, disable=options["json"])

    @staticmethod
    def _confirm(question: str) -> bool:
        if not sys.stdin.isatty():
            raise CommandError(f"{question} Say --no-input to do so without being asked.")
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return ", ".join(str(_shown(each)) for each in value) if isinstance(value, list) else value
