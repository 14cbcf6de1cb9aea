"""``manage.py tasks watch``: the queues as they move."""

import json
import threading
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict
from functools import partial
from time import monotonic
from typing import Final

from django.core.management.base import OutputWrapper
from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from framework.tables import console_for

from .clock import present
from .counts import count_ended
from .states import OPEN, TaskState
from .states.leased import running
from .statistics import TaskStats, stats
from .transitions import database

# How many looks the rate is measured over.
RATE_LOOKS: Final = 10
MOST_RUNNING: Final = 10


def watch(stdout: OutputWrapper, *, interval: float, until_empty: bool, as_json: bool) -> None:
    """Show the queues every ``interval`` seconds until Ctrl-C, or until nothing waits or runs.

    With ``as_json`` as one JSON object a line.
    """
    show: Callable[[TaskStats], None]
    with ExitStack() as stack:
        stack.enter_context(suppress(KeyboardInterrupt))
        if as_json:
            show = partial(_print_line, stdout)
        else:
            view = _View(stdout)
            screen = stack.enter_context(Live(console=view.console, auto_refresh=False))
            show = partial(_refresh, screen, view)
        _follow(show, interval=interval, until_empty=until_empty)


def _follow(show: Callable[[TaskStats], None], *, interval: float, until_empty: bool) -> None:
    pause = threading.Event()
    while True:
        found = stats()
        show(found)
        if until_empty and not _open(found):
            return
        pause.wait(interval)


def _open(found: TaskStats) -> int:
    return sum(found.states[state] for state in OPEN)


def _print_line(stdout: OutputWrapper, found: TaskStats) -> None:
    stdout.write(json.dumps(asdict(found)))


def _refresh(screen: Live, view: "_View", found: TaskStats) -> None:
    screen.update(view.render(found), refresh=True)


class _View:
    """A table of the queues, a bar for what ended since the beginning, and bars of running tasks."""

    def __init__(self, stdout: OutputWrapper) -> None:
        self.console = console_for(stdout)
        self._counted_until = present(database())
        self._ended = 0
        self._looks: deque[tuple[float, int]] = deque(maxlen=RATE_LOOKS)
        self._overall = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), expand=False
        )
        self._bar = self._overall.add_task("ended", total=None)

    def render(self, found: TaskStats) -> Group:
        """Return what the terminal shows."""
        self._count()
        done = self._ended
        self._overall.update(self._bar, completed=done, total=done + _open(found), description=f"{self._rate():,.0f}/s")
        return Group(self._queues(found), self._overall, _running())

    def _count(self) -> None:
        moment = present(database())
        self._ended += count_ended(self._counted_until, moment, database())
        self._counted_until = moment
        self._looks.append((monotonic(), self._ended))

    def _rate(self) -> float:
        (first, before), (last, after) = self._looks[0], self._looks[-1]
        return max(0.0, (after - before) / (last - first)) if last > first else 0.0

    @staticmethod
    def _queues(found: TaskStats) -> Table:
        age = found.oldest_pending_seconds
        title = "nothing is late" if age is None else f"the oldest due task waits for {age:,.1f} s"
        table = Table("queue", *TaskState.values, "", title=title, title_justify="left")
        for queue in sorted(found.queues):
            numbers = [found.shown(state, queue) for state in TaskState]
            table.add_row(queue, *numbers, "paused" if queue in found.paused else "")
        return table


def _running() -> Progress:
    """Return a bar for each running task that tells how far it is."""
    share = TextColumn("{task.percentage:>3.0f}% {task.fields[note]}")
    bars = Progress(TextColumn("{task.description}"), BarColumn(), share)
    tasks = running(database()).filter(progress__isnull=False).order_by("serial")[:MOST_RUNNING]
    for task in tasks:
        name, done = f"{task.actor} {str(task.id)[:8]}", task.progress or 0
        bars.add_task(name, total=100, completed=int(100 * done), note=task.progress_note)
    return bars
