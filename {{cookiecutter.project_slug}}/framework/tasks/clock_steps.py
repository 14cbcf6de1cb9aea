"""Noticing that the clock which dates the rows was set back."""

from time import monotonic
from typing import Final

#: What a clock may be put right by without anybody waiting noticeably longer.
TOLERATED_SECONDS: Final = 2.0


class ClockSteps:
    """Compares the database's clock with one that cannot jump."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def was_set_back(self) -> bool:
        """Tell whether the clock was set back since the last look."""
        from .clock import present
        from .transitions import database

        ahead = present(database()).timestamp() - monotonic()
        before, self._ahead = self._ahead, ahead
        return before is not None and ahead < before - TOLERATED_SECONDS
