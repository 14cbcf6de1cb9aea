"""The states of a task."""

from django.db.models import TextChoices


class TaskState(TextChoices):
    """Where a task is in its life.

    pending → sent → running → done, with running → pending on a retry or a lost lease, running → dead
    after the last attempt and pending → cancelled by hand.
    """

    PENDING = "pending"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True when nothing will happen to the task by itself any more."""
        return self in {TaskState.DONE, TaskState.DEAD, TaskState.CANCELLED}


LEASED = (TaskState.SENT, TaskState.RUNNING)
FINAL = (TaskState.DONE, TaskState.DEAD, TaskState.CANCELLED)
