"""What the queues look like now."""

from dataclasses import dataclass
from typing import Final

import dramatiq
from django.db.models import Count, Min
from django.utils import timezone

from framework.threads import in_daemon_thread

from .brokers.durable import DurableBroker
from .exceptions import BrokerUnavailableError
from .states import TaskState

PING_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStats:
    """Counts by state and by queue, and the age of what has waited longest."""

    states: dict[str, int]
    queues: dict[str, dict[str, int]]
    oldest_pending_seconds: float | None


def stats() -> TaskStats:
    """Count the tasks: two statements."""
    from .models import Task
    from .transitions import database

    rows = Task.objects.using(database()).values_list("queue", "state").annotate(Count("pk")).order_by()
    states = {str(state): 0 for state in TaskState}
    queues: dict[str, dict[str, int]] = {}
    for queue, state, count in rows:
        states[state] += count
        queues.setdefault(queue, {})[state] = count
    waiting = Task.objects.using(database()).filter(state=TaskState.PENDING, available_at__lte=timezone.now())
    oldest = waiting.aggregate(oldest=Min("available_at"))["oldest"]
    age = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else None
    return TaskStats(states=states, queues=queues, oldest_pending_seconds=age)


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
