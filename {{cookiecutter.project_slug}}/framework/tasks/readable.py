"""Messages made of claimed rows; one that cannot be read is set aside, and the work goes on around it."""

from collections.abc import Iterable, Iterator
from typing import Any

from dramatiq import Message

from framework.logs import get_logger

from .exceptions import UnreadableRowError
from .failure import error_entry
from .handover import HandOver
from .message import to_message
from .transitions import bury

logger = get_logger(__name__)


def messages_of(tasks: Iterable[HandOver]) -> Iterator[Message[Any]]:
    """Yield the message of each row; the others are dead from then on, and tell why."""
    for task in tasks:
        try:
            yield to_message(task)
        except UnreadableRowError as error:
            logger.error("task_unreadable", task_id=str(task.id), actor=task.actor, error=str(error))
            bury(str(task.id), task.generation, [error_entry(error)])
