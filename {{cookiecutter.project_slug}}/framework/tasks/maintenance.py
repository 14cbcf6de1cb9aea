"""Finding again what a dead process held, whatever the clocks say."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from framework.conf.postgresql import is_pooled
from framework.logs import get_logger

from .clock_steps import ClockSteps
from .conf import LIMITS
from .lasting_session import LastingSession

INTERVAL_SECONDS: Final = 1.0
# Longer than a living worker takes to notice a lost connection and to beat again.
SETTLE_SECONDS: Final = 5.0
# In which a living worker renews its leases several times.
SURE_SECONDS: Final = 4 * LIMITS.heartbeat.total_seconds()
FORGET: Final = timedelta(hours=1)
#: Seconds between looks after the clock was set back: what was open then may commit what it dated by the old time.
PAUSES: Final = tuple(2.0**power for power in range(13))

logger = get_logger(__name__)


class Maintenance:
    """Puts rows that nobody works on back in the queue.

    A server that went away and came back has dropped the locks of living workers too. Whoever looks has lost its
    own connection then, and gives the others time to take their locks again.

    A lease that looks ended may be that of a living worker, when a clock jumps or a machine was asleep. It is taken
    only when nobody renewed it while several heartbeats could have come, by a clock that cannot jump.
    """

    def __init__(self) -> None:
        self._session: LastingSession | None = None
        self._known: object = None
        self._since = 0.0
        self._doubts: dict[tuple[int, int, datetime | None], float] = {}
        self._steps = ClockSteps()
        # The first look is at once: before it nobody looked.
        self._look_again = float("-inf")
        self._pauses: Iterator[float] = iter(())

    def poll(self) -> float:
        """Take back what dead workers and ended leases left; return how many seconds may pass until the next look."""
        from .membership import find_dead, forget_silent, leave
        from .recovery import recover

        self._date_back()
        dead = find_dead() if self._is_settled() else []
        while count := recover(dead_workers=dead, sure=self._surely_ended(dead)):
            logger.warning("tasks_recovered", count=count, dead_workers=dead)
        for name in dead:
            leave(name)
        forget_silent(for_longer_than=FORGET)
        return INTERVAL_SECONDS

    def _date_back(self) -> None:
        present = monotonic()
        if self._steps.was_set_back():
            self._look_again, self._pauses = present, iter(PAUSES)
        if present >= self._look_again:
            _let_be_due()
            self._look_again = present + next(self._pauses, float("inf"))

    def _surely_ended(self, dead: Collection[str]) -> list[int]:
        """Return the rows whose lease looks ended, and has been watched for long enough to be sure."""
        from .states.leased import abandoned
        from .transitions import database

        held = abandoned(database()).exclude(worker="").exclude(worker__in=dead)
        found = held.values_list("serial", "generation", "lease_until")
        seen = monotonic()
        self._doubts = {lease: self._doubts.get(lease, seen) for lease in found}
        return [lease[0] for lease, since in self._doubts.items() if seen - since >= SURE_SECONDS]

    def close(self) -> None:
        """End the session that :meth:`poll` keeps past a pooler."""
        if self._session is not None:
            self._session.close()

    def _session_of(self, wrapper: BaseDatabaseWrapper) -> object:
        if is_pooled(wrapper):
            # A pooler keeps its clients when the server goes away.
            self._session = self._session or LastingSession(wrapper.alias)
            return self._session.renew()
        wrapper.ensure_connection()
        return wrapper.connection

    def _is_settled(self) -> bool:
        from .transitions import database

        wrapper = connections[database()]
        if wrapper.vendor == "sqlite":
            return True
        if (session := self._session_of(wrapper)) is not self._known:
            self._known, self._since = session, monotonic()
        return monotonic() - self._since >= SETTLE_SECONDS


def _let_be_due() -> None:
    from .renewal import date_back

    if count := date_back():
        logger.warning("clock_was_set_back", tasks=count)
