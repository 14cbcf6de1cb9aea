"""What the queues look like now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import dramatiq
from django.db.models import Count

from framework.threads import in_daemon_thread

from .brokers.durable import DurableBroker
from .exceptions import BrokerUnavailableError
from .states import TaskState

PING_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStats:
    """A worker process, and how many tasks run in it."""

    name: str
    queues: list[str]
    threads: int
    running: int
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStats:
    """Counts by state and by queue, and the age of what has waited longest."""

    states: dict[str, int]
    queues: dict[str, dict[str, int]]
    paused: list[str]
    oldest_pending_seconds: float | None


def stats() -> TaskStats:
    """Count the tasks: three statements. Alert on ``oldest_pending_seconds``."""
    from .models import QueuePause, Task
    from .states.pending import oldest_pending_seconds
    from .transitions import database

    using = database()
    states = {str(state): 0 for state in TaskState}
    queues: dict[str, dict[str, int]] = {}
    for queue, state, count in Task.objects.using(using).values_list("queue", "state").annotate(Count("pk")).order_by():
        states[state] += count
        queues.setdefault(queue, {})[state] = count
    return TaskStats(
        states=states,
        queues=queues,
        paused=list(QueuePause.objects.using(using).order_by("queue").values_list("queue", flat=True)),
        oldest_pending_seconds=oldest_pending_seconds(using),
    )


def worker_stats() -> list[WorkerStats]:
    """Return the worker processes that are alive or were a moment ago: two statements."""
    from .models import Worker
    from .states.leased import running
    from .transitions import database

    using = database()
    counts = dict(running(using).values_list("worker").annotate(Count("pk")).order_by())
    return [
        WorkerStats(
            name=worker.name,
            queues=worker.queues,
            threads=worker.threads,
            running=counts.get(worker.name, 0),
            started_at=worker.started_at,
            beat_at=worker.beat_at,
        )
        for worker in Worker.objects.using(using).order_by("name")
    ]


def ping() -> None:
    """Ask the broker; raises :class:`BrokerUnavailableError` when it does not answer within a second."""
    broker = dramatiq.get_broker()
    if not isinstance(broker, DurableBroker):
        return
    answer = in_daemon_thread(broker.ping, name="broker-ping")
    try:
        answer.result(timeout=PING_SECONDS)
    except TimeoutError:
        raise BrokerUnavailableError(f"The broker did not answer within {PING_SECONDS:g} s") from None
    except Exception as error:
        raise BrokerUnavailableError(f"The broker cannot be reached: {type(error).__name__}") from error
