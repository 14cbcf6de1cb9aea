"""Finding again what a dead process held."""

from datetime import timedelta
from typing import Final

from framework.logs import get_logger

INTERVAL_SECONDS: Final = 1.0
FORGET: Final = timedelta(hours=1)

logger = get_logger(__name__)


class Maintenance:
    """Puts rows that nobody works on back in the queue."""

    def poll(self) -> float:
        """Take back what dead workers and ended leases left; return how many seconds may pass until the next look."""
        from .membership import find_dead, forget_silent, leave
        from .transitions import expire

        dead = find_dead()
        while count := expire(dead_workers=dead):
            logger.warning("tasks_recovered", count=count, dead_workers=dead)
        for name in dead:
            leave(name)
        forget_silent(for_longer_than=FORGET)
        return INTERVAL_SECONDS
