"""The table that is outbox, queue, ledger, result store and dead-letter box at once."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from .states import LEASED, TaskState


class Task(models.Model):
    """One message and all that became of it. ``id`` is Dramatiq's message id."""

    serial = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, editable=False)
    actor = models.CharField(max_length=255)
    queue = models.CharField(max_length=100)
    priority = models.SmallIntegerField(default=0, help_text="Lower runs first.")
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    context = models.JSONField(default=dict, help_text="Request id and the like, carried into the worker's logs.")

    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.PENDING)
    available_at = models.DateTimeField(db_default=Now(), help_text="Not started before this time.")
    attempts = models.PositiveIntegerField(default=0, help_text="Counted when an attempt starts.")
    max_attempts = models.PositiveIntegerField(null=True, help_text="Empty: tried for ever.")
    generation = models.PositiveIntegerField(default=0, help_text="Fencing token: grows with every hand-over.")
    lease_until = models.DateTimeField(null=True, help_text="When the holder is taken for dead.")
    worker = models.CharField(max_length=255, blank=True, help_text="host:pid of the process that holds it.")

    result = models.JSONField(null=True)
    errors = models.JSONField(default=list, help_text="One entry for each failed attempt.")

    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "priority", "available_at", "serial"],
                condition=models.Q(state=TaskState.PENDING),
                name="task_due",
            ),
            models.Index(fields=["lease_until"], condition=models.Q(state__in=LEASED), name="task_leased"),
            models.Index(fields=["state", "finished_at"], name="task_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.id} ({self.state})"


class Schedule(models.Model):
    """When a scheduled actor is due next; one row per schedule, moved on by compare-and-set."""

    name = models.CharField(max_length=255, primary_key=True)
    expression = models.CharField(max_length=100)
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
    paused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.expression})"
