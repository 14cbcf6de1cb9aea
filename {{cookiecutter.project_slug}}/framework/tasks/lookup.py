"""Tasks by the beginning of their ids: what tables show, and what people type."""

import re
import uuid
from collections.abc import Iterable
from typing import Final

from django.core.management.base import CommandError

from .models import Task
from .transitions import database

#: As many digits as a table shows.
SHORT: Final = 8
_BEGINNING: Final = re.compile(r"[0-9a-f]{4,32}")


def short_id(task_id: uuid.UUID) -> str:
    """Return the beginning of an id that :func:`task_ids` takes."""
    return str(task_id)[:SHORT]


def task_ids(beginnings: Iterable[str]) -> list[uuid.UUID]:
    """Return the ids that begin so; raises ``CommandError`` when one is of no task or of several."""
    return [_task_id(beginning) for beginning in beginnings]


def _task_id(beginning: str) -> uuid.UUID:
    digits = beginning.replace("-", "").lower()
    if not _BEGINNING.fullmatch(digits):
        raise CommandError(f"{beginning!r} is not how a task's id begins; try the one that manage.py tasks list shows.")
    bounds = uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))
    found = list(Task.objects.using(database()).filter(id__range=bounds).values_list("id", flat=True)[:2])
    if not found:
        raise CommandError(f"There is no task {beginning}.")
    if len(found) > 1:
        raise CommandError(f"More than one task begins with {beginning}; give more of the id.")
    return found[0]
