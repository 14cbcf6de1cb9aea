"""How long tests wait for what must happen: a bound against hanging, and no measure of anything."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final

#: Ten times what the longest command needs; a little less than what pyproject.toml gives a test.
PATIENCE_SECONDS: Final = 1_700.0


def eventually(holds: Callable[[], object]) -> bool:
    """Return true as soon as ``holds()`` does; false if it never does."""
    deadline, waiting = monotonic() + PATIENCE_SECONDS, Event()
    while not holds():
        if monotonic() > deadline:
            return False
        waiting.wait(0.05)
    return True
