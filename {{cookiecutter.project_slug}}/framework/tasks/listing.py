"""Tasks as people look at them: in the order of an index, and searched no further than so many rows.

So a list costs the same however many tasks there are. Open a list with a state to see what is older.
"""

from typing import Final

from django.db.models import QuerySet

from .conf import LIMITS
from .models import Task
from .states import ENDED, LEASED, TaskState
from .states.leased import HELD

_NEWEST: Final = ("-serial",)
_ORDERS: Final[dict[str, tuple[str, ...]]] = {
    # What runs next comes first.
    TaskState.PENDING: ("queue", "throttle", "priority", "available_at", "serial"),
    # Whose lease ends first comes first.
    **dict.fromkeys(LEASED, ("lease_until", "serial")),
    **dict.fromkeys(ENDED, ("-finished_at", "-serial")),
}


def order_of(state: str | None) -> tuple[str, ...]:
    """Return how tasks of ``state`` are listed: what runs next, whose lease ends, what ended last; or the newest."""
    return _ORDERS.get(state or "", _NEWEST)


def tasks_in(state: str | None, using: str) -> QuerySet[Task]:
    """Return all tasks of ``state``, or of any, in their order."""
    rows = Task.objects.using(using).order_by(*order_of(state))
    if state is None:
        return rows
    if state in ENDED:
        return rows.filter(state=state, finished_at__isnull=False)
    return rows.filter(state=state) if state == TaskState.PENDING else rows.filter(HELD, state=state)


def to_search(state: str | None, using: str) -> QuerySet[Task]:
    """Return about the first 100,000 of :func:`tasks_in`, of pending tasks the newest, to be filtered without an index.

    They are told by a bound and not by their ids, which PostgreSQL would rather look up in the whole table.
    """
    rows = tasks_in(state, using)
    if state in LEASED:
        # These are no more than windows and workers hold.
        return rows
    if state in ENDED:
        bound = rows.values_list("finished_at", flat=True)[LIMITS.searched : LIMITS.searched + 1].first()
        return rows if bound is None else rows.filter(finished_at__gt=bound)
    newest = Task.objects.using(using).order_by("-serial").values_list("serial", flat=True).first() or 0
    return rows.filter(serial__gt=newest - LIMITS.searched)
