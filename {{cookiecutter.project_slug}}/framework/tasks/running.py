"""The task that is running in this thread."""

import os
import socket
import uuid
from functools import cache

from dramatiq.middleware import CurrentMessage


def current_task_id() -> uuid.UUID | None:
    """Return the id of the task this code runs in; ``None`` outside a task."""
    message = CurrentMessage.get_current_message()
    return uuid.UUID(message.message_id) if message else None


def worker_name() -> str:
    """Return ``host:pid`` of this process."""
    return f"{_host()}:{os.getpid()}"


@cache
def _host() -> str:
    return socket.gethostname()
