"""The tables: tasks, and what steers them."""

from typing import ClassVar, Final

from django.db import models
from django.db.models.functions import Now

from .states import OPEN, TaskState

EMPTY: Final = models.Value({}, models.JSONField())


class Task(models.Model):
    """One message and all that became of it: outbox, queue, ledger, result and dead letter at once.

    ``id`` is Dramatiq's message id. Defaults stand in the database, so that an INSERT names only what differs.
    """

    serial = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, editable=False)
    actor = models.CharField(max_length=255)
    queue = models.CharField(max_length=100)
    priority = models.SmallIntegerField(db_default=0, help_text="Lower runs first.")
    args = models.JSONField(default=list)
    kwargs = models.JSONField(db_default=EMPTY)
    options = models.JSONField(db_default=EMPTY)
    context = models.JSONField(db_default=EMPTY, help_text="Request id and the like, carried into the worker's logs.")
    throttle = models.CharField(
        max_length=255, blank=True, db_default="", help_text="The limited actor whose places it waits for."
    )
    unique_key = models.CharField(  # noqa: DJ001 - NULLs are what a unique constraint lets repeat
        max_length=255, null=True, help_text="At most one task with this key waits or runs at a time."
    )
    workflow = models.UUIDField(null=True, help_text="The group that waits for this task.")
    workflow_step = models.PositiveSmallIntegerField(db_default=0, help_text="Place in its chain, from 0.")

    state = models.CharField(max_length=10, choices=TaskState, db_default=TaskState.PENDING)
    available_at = models.DateTimeField(db_default=Now(), help_text="Not started before this time.")
    attempts = models.PositiveIntegerField(db_default=0, help_text="Counted when an attempt starts.")
    max_attempts = models.PositiveIntegerField(null=True, help_text="Empty: tried for ever.")
    generation = models.PositiveIntegerField(db_default=0, help_text="Fencing token: grows with every hand-over.")
    lease_until = models.DateTimeField(null=True, help_text="When the holder is taken for dead.")
    worker = models.CharField(max_length=255, blank=True, db_default="", help_text="The process that holds it.")
    cancel_requested = models.BooleanField(db_default=False, help_text="Asked to stop while it runs.")

    progress = models.FloatField(null=True, help_text="From 0 to 1, as the task tells.")
    progress_note = models.CharField(max_length=255, blank=True, db_default="")
    result = models.JSONField(null=True)
    errors = models.JSONField(
        db_default=models.Value([], models.JSONField()), help_text="One entry for each failed attempt."
    )

    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "throttle", "priority", "available_at", "serial"],
                condition=models.Q(state=TaskState.PENDING),
                name="task_due",
            ),
            # Not by the states: SQLite does not see that parameters are among a list of them.
            models.Index(fields=["lease_until"], condition=models.Q(lease_until__isnull=False), name="task_leased"),
            models.Index(
                fields=["state", "finished_at"], condition=models.Q(finished_at__isnull=False), name="task_finished"
            ),
            models.Index(fields=["workflow"], condition=models.Q(workflow__isnull=False), name="task_workflow"),
            models.Index(
                fields=["workflow"],
                condition=models.Q(workflow__isnull=False, finished_at__isnull=True),
                name="task_workflow_open",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=models.Q(state__in=OPEN, unique_key__isnull=False),
                name="task_unique_while_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.id} ({self.state})"


class Worker(models.Model):
    """A worker process that is alive, or was a moment ago."""

    name = models.CharField(max_length=255, primary_key=True, help_text="host:pid:start")
    queues = models.JSONField(default=list)
    threads = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now(), help_text="Its last sign of life.")

    def __str__(self) -> str:
        return self.name


class QueuePause(models.Model):
    """A queue that hands out nothing; running tasks finish."""

    queue = models.CharField(max_length=100, primary_key=True)
    paused_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.queue


class Throttle(models.Model):
    """What an actor with ``limit`` or ``concurrency``, or a key of slots, has used of it; the row is its lock."""

    actor = models.CharField(max_length=255, primary_key=True)
    next_at = models.DateTimeField(null=True, help_text="GCRA's theoretical arrival time.")

    def __str__(self) -> str:
        return self.actor


class Workflow(models.Model):
    """A group whose callbacks run when all of its children have ended."""

    id = models.UUIDField(primary_key=True, editable=False)
    children = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    completed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class InboxEntry(models.Model):
    """A message from outside that has been taken in."""

    consumer = models.CharField(max_length=100)
    message_id = models.CharField(max_length=255)
    claimed_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["consumer", "message_id"], name="inbox_once")]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.message_id}"


class Schedule(models.Model):
    """When a scheduled actor is due next; one row per schedule, moved on by compare-and-set."""

    name = models.CharField(max_length=255, primary_key=True)
    expression = models.CharField(max_length=100)
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
    paused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.expression})"
