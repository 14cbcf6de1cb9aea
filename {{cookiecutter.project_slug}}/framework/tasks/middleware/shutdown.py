"""Stopping without losing what runs."""

import signal
import time
from inspect import getclosurevars
from types import FrameType
from typing import Final

from dramatiq import Broker
from dramatiq.middleware import Middleware

REPEAT_SECONDS: Final = 2.0


class GracefulStop(Middleware):
    """Lets running tasks finish when the whole process group is signalled.

    Dramatiq's worker processes take a second SIGTERM for an order to die at once. When the group gets
    one, each worker gets two: its own and the one its master passes on.
    """

    def after_process_boot(self, broker: Broker) -> None:
        """Wrap the handlers that Dramatiq has just installed."""
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            if number is not None:
                _ignore_repeats(number)


def _ignore_repeats(number: signal.Signals) -> None:
    handler = signal.getsignal(number)
    if not callable(handler):
        return
    # A signal may have come while Django was loading; Dramatiq's handler then knows that it has to stop.
    is_stopping = not getclosurevars(handler).nonlocals.get("running", True)
    last = time.monotonic() if is_stopping else float("-inf")

    def once(received: int, frame: FrameType | None) -> None:
        nonlocal last
        previous, last = last, time.monotonic()
        if last - previous > REPEAT_SECONDS:
            handler(received, frame)

    signal.signal(number, once)
