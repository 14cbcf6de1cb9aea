"""The states of a task: one file each, with the rows that are in it.

pending → sent → running → done, with running → pending on a retry or a lost lease, running → dead
after the last attempt, and pending or running → cancelled by hand. A delayed task is a pending one
whose time has not come; a leased one is sent or running.
"""

from django.db.models import TextChoices


class TaskState(TextChoices):
    """Where a task is in its life."""

    PENDING = "pending"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


LEASED = (TaskState.SENT, TaskState.RUNNING)
OPEN = (TaskState.PENDING, *LEASED)
ENDED = (TaskState.DONE, TaskState.DEAD, TaskState.CANCELLED)
