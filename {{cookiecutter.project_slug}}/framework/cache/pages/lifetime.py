"""For how long a page is good, and for what after that."""

import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from framework.cache.results import Kept, Lifetime

#: How long a view that answers one visitor alone is remembered, so that its visitors do not wait for one another.
PASS_SECONDS: Final = 60.0


class State(Enum):
    """What there is of a page."""

    #: Nothing.
    MISSING = auto()
    #: Nothing, since it could not be shared a moment ago.
    PASSED = auto()
    GOOD = auto()
    #: Served while it is made anew.
    STALE = auto()
    #: Served if making it anew fails.
    OVER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLifetime:
    """Seconds: ``good``, then served while it is made anew, or if that fails; ``client`` is told to browsers."""

    good: float
    revalidate: float
    error: float
    client: float

    @property
    def of_results(self) -> Lifetime:
        """What the cache is told."""
        return Lifetime(ttl=self.good, stale=max(self.revalidate, self.error), ttl_of_none=PASS_SECONDS)

    @property
    def control(self) -> str:
        """``Cache-Control`` of a page: kept by browsers, which ask whether it changed unless they need not."""
        if not self.client:
            return "no-cache"
        windows = {"stale-while-revalidate": self.revalidate, "stale-if-error": self.error}
        told = "".join(f", {name}={int(seconds)}" for name, seconds in windows.items() if seconds)
        return f"public, max-age={int(self.client)}{told}"

    def state(self, kept: Kept | None) -> State:
        """Return what ``kept`` is worth now."""
        if kept is None:
            return State.MISSING
        if kept.result is None:
            return State.PASSED
        late = time.time() - (kept.good_until or 0.0)
        if late <= 0:
            return State.GOOD
        return State.STALE if late <= self.revalidate else State.OVER
