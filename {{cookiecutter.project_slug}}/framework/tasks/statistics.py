"""What the queues look like now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import dramatiq
from django.db.models import Count

from framework.threads import in_daemon_thread

from .brokers.durable import DurableBroker
from .conf import LIMITS
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
    """Counts by state and by queue, and the age of what has waited longest.

    A state in ``at_least`` has more tasks than were counted: what waits is counted to 10,000 in each queue, and of
    what is done, dead or cancelled the newest 10,000 are.
    """

    states: dict[str, int]
    queues: dict[str, dict[str, int]]
    at_least: list[str]
    paused: list[str]
    oldest_pending_seconds: float | None

    def shown(self, state: str, queue: str | None = None) -> str:
        """Return the count of ``state``, everywhere or in one queue, as people read it: ``10,000+``."""
        count = self.states[state] if queue is None else self.queues.get(queue, {}).get(state, 0)
        is_more = state in self.at_least and (queue is None or state != TaskState.PENDING or count >= LIMITS.counted)
        return f"{count:,}{'+' if is_more else ''}"


def stats() -> TaskStats:
    """Count the tasks, in seven statements that cost no more in a large table. Alert on ``oldest_pending_seconds``."""
    from .counts import count_by_queue
    from .models import QueuePause
    from .states.pending import oldest_pending_seconds
    from .transitions import database

    using = database()
    queues, at_least = count_by_queue(using)
    return TaskStats(
        states={str(state): sum(counts.get(state, 0) for counts in queues.values()) for state in TaskState},
        queues=queues,
        at_least=at_least,
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
