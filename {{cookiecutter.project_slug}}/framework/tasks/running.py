"""The task that is running in this thread, and the process it runs in."""

import os
import secrets
import socket
import uuid
from functools import cache

from dramatiq.middleware import CurrentMessage


def current_task_id() -> uuid.UUID | None:
    """Return the id of the task this code runs in; ``None`` outside a task."""
    message = CurrentMessage.get_current_message()
    return uuid.UUID(message.message_id) if message else None


def worker_name() -> str:
    """Return ``host:pid:start`` of this process; the last part tells it from a later one with the same pid."""
    return _worker_name(os.getpid())


@cache
def _worker_name(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{secrets.token_hex(3)}"
