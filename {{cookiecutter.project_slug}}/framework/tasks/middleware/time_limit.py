"""Time limits in processes that were forked."""

import os

from dramatiq import Broker, middleware


class TimeLimit(middleware.TimeLimit):
    """Dramatiq's, whose clock is made in the process that it runs in.

    CPython 3.13.0 does not start a thread in a child when the thread was made, but not started, before the fork.
    """

    def __init__(self, *, time_limit: float = 600_000, interval: int = 1000) -> None:
        super().__init__(time_limit=time_limit, interval=interval)
        self._interval = interval
        self._pid = os.getpid()

    def after_process_boot(self, broker: Broker) -> None:
        """Start the clock, after a fork a new one."""
        if self._pid != os.getpid():
            self.manager = middleware.TimeLimit(time_limit=self.time_limit, interval=self._interval).manager
        super().after_process_boot(broker)  # type: ignore[no-untyped-call]
