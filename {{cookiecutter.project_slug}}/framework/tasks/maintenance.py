"""Finding again what a dead process held."""

import os
from typing import Final

from django.db import connections

from framework.logs import get_logger

from .running import worker_name
from .states import LEASED

INTERVAL_SECONDS: Final = 1.0

logger = get_logger(__name__)


class Maintenance:
    """Puts rows whose lease has ended back in the queue."""

    def poll(self) -> float:
        """Expire leases; return how many seconds may pass until the next look."""
        from .transitions import expire

        if count := expire(dead_workers=dead_workers()):
            logger.warning("tasks_recovered", count=count)
        return INTERVAL_SECONDS


def dead_workers() -> list[str]:
    """Return the holders that are certainly gone, without waiting for their leases.

    Only with SQLite: whoever shares that file shares this host, so a missing pid is proof.
    """
    from .models import Task
    from .transitions import database

    using = database()
    if os.name != "posix" or connections[using].vendor != "sqlite":
        return []
    host = worker_name().rpartition(":")[0]
    holders = Task.objects.using(using).filter(state__in=LEASED).exclude(worker="")
    names = holders.values_list("worker", flat=True).distinct()
    return [name for name in names if name.rpartition(":")[0] == host and not _is_alive(int(name.rpartition(":")[2]))]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
