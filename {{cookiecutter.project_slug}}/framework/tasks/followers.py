"""A unique task that waits or runs already, and that a group or a chain needs: their own row ends as that one does."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from dramatiq import Broker, MessageProxy

from . import transitions
from .ending import StaleGenerationError, end, tell_discarded
from .exceptions import TaskRefusedError
from .failure import error_entry, with_entry
from .follow_ups import tell_failure
from .message import SAME_AS
from .models import Task
from .states import OPEN, TaskState

#: How soon it looks again whether the other one has ended.
LOOK: Final = timedelta(seconds=1)


def follow(broker: Broker, message: MessageProxy, generation: int) -> None:
    """Put the task of ``message`` back while the one it is the same as is open; end it as that one ended."""
    using = transitions.database()
    first = Task.objects.using(using).filter(id=message.options[SAME_AS]).first()
    if first is not None and first.state in OPEN:
        transitions.put_back(message.message_id, generation, LOOK)
    elif first is not None and first.state == TaskState.DONE:
        try:
            end(broker, message, generation, first.result)
        except StaleGenerationError:
            tell_discarded()
    else:
        _fail_with(first, broker, message, generation, using)


def _fail_with(first: Task | None, broker: Broker, message: MessageProxy, generation: int, using: str) -> None:
    error = TaskRefusedError(f"The task {message.options[SAME_AS]}, which this one is the same as, has failed.")
    state = TaskState.CANCELLED if first is not None and first.state == TaskState.CANCELLED else TaskState.DEAD
    mine = Task.objects.using(using).get(id=message.message_id)
    with transaction.atomic(using=using):
        if transitions.bury(message.message_id, generation, with_entry(mine.errors, error_entry(error)), state=state):
            tell_failure(broker, message, mine, error, used_up=state == TaskState.DEAD)
