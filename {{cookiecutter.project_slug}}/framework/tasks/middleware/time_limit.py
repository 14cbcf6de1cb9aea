"""Time limits in processes that were forked."""

from dramatiq import Broker, middleware


class TimeLimit(middleware.TimeLimit):
    """Dramatiq's, whose clock is made in the process that it runs in.

    CPython 3.13.0 does not start a thread in a child when the thread was made, but not started, before the fork.
    """

    def after_process_boot(self, broker: Broker) -> None:
        """Make the clock and start it."""
        self.manager = middleware.TimeLimit(time_limit=self.time_limit).manager
        super().after_process_boot(broker)  # type: ignore[no-untyped-call]
