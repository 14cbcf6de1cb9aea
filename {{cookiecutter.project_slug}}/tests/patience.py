"""How long tests wait for what must happen: a bound against hanging, and no measure of anything."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final

#: Ten times what a slow machine with busy neighbours was seen to need.
PATIENCE_SECONDS: Final = 300.0
LOOK_SECONDS: Final = 0.01
#: Looks ask databases and start threads, which what is waited for has to wait for in turn.
LONGEST_LOOK_SECONDS: Final = 0.1


def eventually(holds: Callable[[], object], *, pause: float = LOOK_SECONDS) -> bool:
    """Return true as soon as ``holds()`` does; false if it never does.

    ``pause`` is the seconds between the first two looks; the longer it takes, the rarer it looks.
    """
    deadline, waiting, longest = monotonic() + PATIENCE_SECONDS, Event(), max(pause, LONGEST_LOOK_SECONDS)
    while not holds():
        if monotonic() > deadline:
            return False
        waiting.wait(pause)
        pause = min(longest, pause * 1.2)
    return True
