"""The framework's own scheduled work."""

from typing import Any

import dramatiq
from django.db.models import Exists, OuterRef
from django.tasks import task_backends
from django.utils import timezone

from framework.logs import get_logger

from . import backend
from .conf import LIMITS
from .scheduling import cron
from .states import TaskState

logger = get_logger(__name__)


@dramatiq.actor(actor_name=backend.ACTOR)
def django_task(path: str, alias: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Run a task of ``django.tasks``; the row is its result."""
    return backend.run(path, alias, args, kwargs)


def declare_queues() -> None:
    """Make the queues that ``TASKS`` names known to the broker, so that workers consume them."""
    for alias in task_backends.settings:
        declared = task_backends[alias]
        if isinstance(declared, backend.DramatiqBackend):
            for queue in declared.queues:
                dramatiq.get_broker().declare_queue(queue)


declare_queues()


@cron("30 3 * * *")
@dramatiq.actor(queue_name="maintenance", max_retries=3)
def delete_ended_tasks() -> None:
    """Delete what ended longer ago than the retention, batch by batch; dead tasks are kept longer.

    Those of actors with ``keep_dead=True`` are kept until somebody retries or cancels them.
    """
    from .models import InboxEntry, Task, Throttle, Workflow
    from .states.ended import ended_before
    from .transitions import database, delete_batch

    kept_dead = [actor for actor in dramatiq.get_broker().actors.values() if actor.options.get("keep_dead")]
    for state, kept in (
        (TaskState.DONE, LIMITS.retention),
        (TaskState.CANCELLED, LIMITS.retention),
        (TaskState.DEAD, LIMITS.dead_retention),
    ):
        rows = ended_before(state, timezone.now() - kept, database())
        if state is TaskState.DEAD:
            rows = rows.exclude(actor__in=[actor.actor_name for actor in kept_dead])
        while deleted := delete_batch(rows):
            logger.info("ended_tasks_deleted", state=str(state), count=deleted)
    long_ago = timezone.now() - LIMITS.dead_retention
    while delete_batch(InboxEntry.objects.using(database()).filter(claimed_at__lt=long_ago)):
        pass
    # The last of its tasks went above.
    childless = ~Exists(Task.objects.using(database()).filter(workflow=OuterRef("pk")))
    ended_long_ago = Workflow.objects.using(database()).filter(completed_at__lt=timezone.now() - LIMITS.retention)
    while delete_batch(ended_long_ago.filter(childless)):
        pass
    # What is booked lies ahead; whoever comes next begins with a row of their own.
    while delete_batch(Throttle.objects.using(database()).filter(next_at__lt=timezone.now() - LIMITS.retention)):
        pass
