"""Finding again what a dead process held."""

from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import connections

from framework.logs import get_logger

INTERVAL_SECONDS: Final = 1.0
# Longer than a living worker takes to notice a lost connection and to beat again.
SETTLE_SECONDS: Final = 5.0
FORGET: Final = timedelta(hours=1)

logger = get_logger(__name__)


class Maintenance:
    """Puts rows that nobody works on back in the queue.

    A server that went away and came back has dropped the locks of living workers too. Whoever looks has lost its
    own connection then, and gives the others time to take their locks again.
    """

    def __init__(self) -> None:
        self._session: object = None
        self._since = 0.0

    def poll(self) -> float:
        """Take back what dead workers and ended leases left; return how many seconds may pass until the next look."""
        from .membership import find_dead, forget_silent, leave
        from .transitions import expire

        dead = find_dead() if self._is_settled() else []
        while count := expire(dead_workers=dead):
            logger.warning("tasks_recovered", count=count, dead_workers=dead)
        for name in dead:
            leave(name)
        forget_silent(for_longer_than=FORGET)
        return INTERVAL_SECONDS

    def _is_settled(self) -> bool:
        from .transitions import database

        connection = connections[database()]
        if connection.vendor == "sqlite":
            return True
        connection.ensure_connection()
        if connection.connection is not self._session:
            self._session, self._since = connection.connection, monotonic()
        return monotonic() - self._since >= SETTLE_SECONDS
