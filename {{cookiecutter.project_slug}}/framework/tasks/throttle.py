"""Rate and concurrency limits of actors, decided in the database so that all workers share them.

The rate limit is GCRA (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm) without bursts: tasks start evenly.
Whether a task may start is decided when it starts. Tasks that wait are let in as places get free: ``shares_of``
counts what has been let in and not started, too.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from django.db import connections, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F
from dramatiq import Broker

from .clock import now, present
from .lanes import Lane, Share, due_shares
from .limits import Limits, limits_by_name, limits_of
from .models import Throttle
from .states import TaskState
from .states.leased import leased, running

# How far ahead of their time tasks of a quick rate are let in together.
AHEAD: Final = timedelta(milliseconds=20)
# How soon a place is looked for that a running task will leave; nobody tells other processes of it.
PLACE_SECONDS: Final = 0.05


def admit(actor: str, limits: Limits, task_id: str, using: str) -> timedelta | None:
    """Let a task that has just been started go on, or return how long it should wait; call it in a transaction."""
    throttle = locked(actor, using)
    if limits.concurrency is not None:
        others = running(using).filter(actor=actor).exclude(id=task_id)
        if others.count() >= limits.concurrency:
            return timedelta(milliseconds=random.randint(200, 1000))  # noqa: S311 - so that they do not come back together
    if limits.interval is not None:
        moment = present(using)
        if throttle.next_at is not None and moment < throttle.next_at <= moment + limits.interval:
            return throttle.next_at - moment
        # Further ahead than one interval is what a clock said that has been set back since.
        throttle.next_at = moment + limits.interval
        throttle.save(using=using, update_fields=["next_at"])
    return None


def locked(key: str, using: str) -> Throttle:
    """Return the row of ``key``, locked until the caller's transaction ends."""
    rows = Throttle.objects.using(using).filter(actor=key)
    if connections[using].features.has_select_for_update:
        rows = rows.select_for_update()
    while (found := rows.first()) is None:
        # What nobody has used for long is deleted.
        Throttle.objects.using(using).get_or_create(actor=key)
    return found


def shares_of(lanes: Sequence[Lane], broker: Broker, using: str) -> tuple[list[Share], float | None]:
    """Return what of ``lanes``, of one queue, may be claimed now, and how soon to look for places that are taken.

    That is in seconds, and ``None`` where no limit keeps anything waiting.
    """
    names = {lane.throttle for lane in lanes if lane.throttle and lane.is_due}
    # What was written before its actor lost its limit has none either.
    limited = {name: limits for name in names if (limits := limits_by_name(broker, name))}
    places, wait = _places(limited, using) if limited else ({}, None)
    return due_shares(lanes, places), wait


def has_limits(broker: Broker) -> bool:
    """Tell whether any actor declares one."""
    return any(limits_of(actor) is not None for actor in broker.actors.values())


def _places(limited: Mapping[str, Limits], using: str) -> tuple[dict[str, int], float | None]:
    """Return how many tasks of each actor may be let in, and how soon an actor that has no place may have one."""
    held = leased(using).filter(actor__in=limited).values_list("actor", "state").annotate(Count("pk")).order_by()
    waiting: Counter[str] = Counter()
    all_held: Counter[str] = Counter()
    for actor, state, count in held:
        all_held[actor] += count
        waiting[actor] += count if state == TaskState.SENT else 0
    left = ExpressionWrapper(F("next_at") - now(using), DurationField())
    throttles = Throttle.objects.using(using).filter(actor__in=limited, next_at__gt=now(using))
    ahead = dict(throttles.values_list("actor", left))
    places, waits = {}, []
    for actor, limits in limited.items():
        gap = ahead.get(actor, timedelta(0))
        if limits.interval is not None and timedelta(0) < gap <= limits.interval:
            places[actor] = 0
            waits.append(gap.total_seconds())
            continue
        free = []
        if limits.concurrency is not None:
            free.append(limits.concurrency - all_held[actor])
        if limits.interval is not None:
            free.append(max(1, AHEAD // limits.interval) - waiting[actor])
        places[actor] = max(0, min(free))
        if not places[actor]:
            waits.append(PLACE_SECONDS)
    return places, min(waits, default=None)


def start_within_limits(actor: str, limits: Limits, task_id: str, generation: int) -> timedelta | None:
    """Admit a running task, or put it back; returns how long it waits then."""
    from .transitions import database, put_back

    using = database()
    with transaction.atomic(using=using):
        wait = admit(actor, limits, task_id, using)
        if wait is not None:
            # It may have been written before its actor had a limit.
            put_back(task_id, generation, wait, throttle=actor)
    return wait
