"""How many rows there are: exactly as long as they are few, and how many at least when they are many.

A look costs the same with a thousand rows and with a hundred million.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db import connections
from django.db.models import Count

from .conf import LIMITS
from .dialect import Dialect
from .lanes import count_waiting
from .models import Task
from .states import ENDED, TaskState
from .states.leased import leased

type Counts = dict[str, dict[str, int]]


def count_by_queue(using: str) -> tuple[Counts, list[str]]:
    """Return by queue how many rows are in each state, and the states of which there are more.

    What waits is counted queue by queue, what has ended from the newest on in all queues together.
    """
    counts: Counts = {}
    more = []
    for state, found, is_all in _counted(using):
        for queue, count in found.items():
            counts.setdefault(queue, {})[state] = count
        if not is_all:
            more.append(str(state))
    return counts, more


def _counted(using: str) -> Iterator[tuple[TaskState, dict[str, int], bool]]:
    waiting = count_waiting(connections[using], LIMITS.counted)
    yield TaskState.PENDING, waiting, all(count < LIMITS.counted for count in waiting.values())
    # These are no more than windows and workers hold.
    held: dict[TaskState, Counter[str]] = {TaskState.SENT: Counter(), TaskState.RUNNING: Counter()}
    for queue, state, count in leased(using).values_list("queue", "state").annotate(Count("pk")).order_by():
        held[TaskState(state)][queue] = count
    for state, found in held.items():
        yield state, found, True
    for state in ENDED:
        ended = _newest_ended(state, using)
        yield state, ended, sum(ended.values()) < LIMITS.counted


def _newest_ended(state: TaskState, using: str) -> dict[str, int]:
    statement = """
        SELECT queue, count(*) FROM (
            SELECT queue FROM tasks_task WHERE state = %s AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT %s
        ) AS newest GROUP BY queue
    """
    return dict(Dialect(connections[using]).run(statement, [str(state), LIMITS.counted]))


def count_ended(since: datetime, until: datetime, using: str) -> int:
    """Return how many tasks ended after ``since`` and not after ``until``."""
    return Task.objects.using(using).filter(state__in=ENDED, finished_at__gt=since, finished_at__lte=until).count()
