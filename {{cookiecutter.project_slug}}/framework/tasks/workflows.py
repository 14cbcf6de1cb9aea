"""Groups whose completion is decided by rows, in one transaction with the last child.

Counting rows gives the same answer however often a child runs; Dramatiq's own barrier counts arrivals, so a
child that runs twice fires the callback early, and one that dies keeps it from ever firing. A callback's option
``run_when`` says for which outcome it is meant: ``always`` (the default), ``success`` or ``failure``.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import dramatiq
from django.db import connections
from django.db.models import Q
from dramatiq import Message

from .clock import now
from .models import Task, Workflow
from .states import TaskState


def settle(ids: Iterable[UUID | None], using: str) -> None:
    """Send the callbacks of each workflow whose children have all ended; call it where a child ends."""
    for workflow in {found for found in ids if found is not None}:
        rows = Workflow.objects.using(using).filter(id=workflow, completed_at__isnull=True)
        if connections[using].features.has_select_for_update:
            rows = rows.select_for_update()
        found = rows.first()
        if found is not None and _is_complete(found, using):
            rows.update(completed_at=now(using))
            _send_callbacks(found, using)


def _children(workflow: Workflow, using: str) -> Any:
    return Task.objects.using(using).filter(workflow=workflow.id)


def _is_complete(workflow: Workflow, using: str) -> bool:
    children = _children(workflow, using)
    open_children = children.filter(finished_at__isnull=True)
    # One that has not ended is found at once, however many there are, and all are counted when there is none; a chain's
    # next link is among the first, a child that is not written yet is missing from the second.
    if open_children.exists() or children.filter(workflow_step=0).count() < workflow.children:
        return False
    # The last of them may have been written after the first look and before the count.
    return not open_children.exists()


def _send_callbacks(workflow: Workflow, using: str) -> None:
    children = _children(workflow, using)
    failed = children.filter(Q(state=TaskState.DEAD) | Q(state=TaskState.CANCELLED)).exists()
    outcome = "failure" if failed else "success"
    for callback in _callbacks(children):
        message: Message[Any] = Message(**callback)
        if message.options.get("run_when", "always") in {"always", outcome}:
            dramatiq.get_broker().enqueue(message, delay=message.options.get("delay"))


def _callbacks(children: Any) -> list[dict[str, Any]]:
    """Every child carries the callbacks, at the end of its chain."""
    options = children.order_by("serial").values_list("options", flat=True).first()
    while options and "group_completion_callbacks" not in options:
        options = (options.get("pipe_target") or {}).get("options")
    return list(options["group_completion_callbacks"]) if options else []
