"""Rate and concurrency limits of actors, decided in the database so that all workers share them.

The rate limit is GCRA (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm) without bursts: tasks start evenly.
"""

import random
from datetime import timedelta

from django.db import connections, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F
from dramatiq import Broker

from .clock import now, present
from .limits import Limits, limits_of
from .models import Throttle
from .states.leased import running


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


def closed_actors(broker: Broker, using: str) -> list[str]:
    """Return the limited actors of which nothing may start now, so that their tasks are not handed out in vain."""
    limited = {name: limits for name, actor in broker.actors.items() if (limits := limits_of(actor)) is not None}
    if not limited:
        return []
    left = ExpressionWrapper(F("next_at") - now(using), DurationField())
    throttles = Throttle.objects.using(using).filter(actor__in=limited, next_at__gt=now(using))
    closed = {
        actor
        for actor, wait in throttles.values_list("actor", left)
        if wait <= (limited[actor].interval or timedelta(0))
    }
    crowded = [name for name, limits in limited.items() if limits.concurrency is not None]
    beside = running(using).filter(actor__in=crowded).values_list("actor")
    for actor, count in beside.annotate(Count("pk")):
        if count >= (limited[actor].concurrency or 0):
            closed.add(actor)
    return sorted(closed)


def start_within_limits(actor: str, limits: Limits, task_id: str, generation: int) -> timedelta | None:
    """Admit a running task, or put it back; returns how long it waits then."""
    from .transitions import database, put_back

    using = database()
    with transaction.atomic(using=using):
        wait = admit(actor, limits, task_id, using)
        if wait is not None:
            put_back(task_id, generation, wait)
    return wait
