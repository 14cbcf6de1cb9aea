"""A tier that is away costs the requests next to nothing."""

import time
from typing import Final

OPEN_SECONDS: Final = 2.0


class Breaker:
    """Opens at a failure, and lets one call through again every two seconds."""

    def __init__(self) -> None:
        self._closed_again_at = 0.0
        self.failures = 0

    @property
    def is_open(self) -> bool:
        """True while the tier is left alone."""
        return time.monotonic() < self._closed_again_at

    def failed(self) -> None:
        """Leave the tier alone for a while."""
        self.failures += 1
        self._closed_again_at = time.monotonic() + OPEN_SECONDS

    def succeeded(self) -> None:
        """The tier is back."""
        self._closed_again_at = 0.0
