"""The table of worker processes."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connections

from .clock import now
from .conf import LIMITS
from .liveness import is_gone
from .models import Worker
from .transitions import database


def beat(name: str, *, queues: Sequence[str], threads: int) -> None:
    """Note a sign of life of the worker ``name``."""
    using = database()
    Worker.objects.using(using).update_or_create(
        name=name, defaults={"queues": list(queues), "threads": threads, "beat_at": now(using)}
    )


def leave(name: str) -> None:
    """Strike the worker ``name`` off."""
    Worker.objects.using(database()).filter(name=name).delete()


def find_dead() -> list[str]:
    """Return the workers whose lock is free, and that had time to take it again if they lost it."""
    using = database()
    silent = Worker.objects.using(using)
    # A living worker can lose its connection, and with it an advisory lock.
    if connections[using].vendor == "postgresql":
        silent = silent.filter(beat_at__lt=now(using) - 2 * LIMITS.heartbeat)
    return [name for name in silent.values_list("name", flat=True) if is_gone(name, using)]


def forget_silent(*, for_longer_than: timedelta) -> None:
    """Strike off workers that nothing was heard of for so long."""
    using = database()
    silent = Worker.objects.using(using).filter(beat_at__lt=now(using) - for_longer_than)
    if silent.exists():
        silent.delete()
