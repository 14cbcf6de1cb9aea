"""Tasks that this worker's code cannot run wait for a worker of another release."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from dramatiq import Broker, MessageProxy

from framework.logs import get_logger

from . import follow_ups, transitions
from .conf import LIMITS
from .failure import error_entry, with_entry
from .models import Task

#: How long a task waits for a worker that knows it, before the next one looks.
PARKED: Final = timedelta(seconds=30)
#: In the error of a parked task: when a worker did not know it for the first time.
SINCE: Final = "since"

logger = get_logger(__name__)


def park(broker: Broker, message: MessageProxy, generation: int, error: BaseException) -> None:
    """Put a task back that this worker's code cannot run; bury it when none could since a day ago."""
    using = transitions.database()
    task = Task.objects.using(using).filter(id=message.message_id).first()
    if task is None:
        return
    entry = error_entry(error)
    errors = with_entry(task.errors, entry)
    present = timezone.now()
    since = present
    # What stands last because of an earlier look makes room for this one.
    if len(errors) > 1 and isinstance(errors[-2], dict) and (first := parse_datetime(str(errors[-2].get(SINCE, "")))):
        since = first
        del errors[-2]
    entry[SINCE] = since.isoformat()
    if present - since <= LIMITS.unknown_actor:
        transitions.put_back(message.message_id, generation, PARKED, errors=errors)
        logger.warning("task_parked", actor=message.actor_name, reason=entry["message"], seconds=PARKED.total_seconds())
        return
    with transaction.atomic(using=using):
        if transitions.bury(message.message_id, generation, errors):
            follow_ups.tell_failure(broker, message, task, error, used_up=True)
    logger.error("task_dead", actor=message.actor_name, reason=entry["message"])
