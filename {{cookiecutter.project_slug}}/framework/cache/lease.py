"""The right to compute a value, held by one process at a time.

It is an entry of the last tier that ends by itself: a process that died holding it delays others by at most
ten seconds. Who waits sleeps, and looks at the key's generation, a word of memory, to learn that it was stored.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from .amending import Amendment
from .envelope import MISSING

if TYPE_CHECKING:
    from .backend import TieredCache

LEASE_SECONDS: Final = 10
WAIT_SECONDS: Final = 10.0
TRY_AGAIN_SECONDS: Final = 0.25
SHORTEST_PAUSE: Final = 0.002
LONGEST_PAUSE: Final = 0.02


class Lease:
    """Belongs to one computation of the made key ``made``."""

    def __init__(self, cache: "TieredCache", made: str) -> None:
        self.made = made
        self._tier = cache.last
        self._coherence = cache.coherence
        self._name = f"lease:{made}"
        self._token = secrets.token_hex(8)
        #: What single flights in this process go by.
        self.flight = f"{id(cache.last):x}|{made}"

    def take(self) -> bool:
        """Tell whether this process may compute; it may if nobody can be asked."""
        return bool(self._tier.ask(lambda cache: cache.add(self._name, self._token, LEASE_SECONDS), default=True))

    def give_back(self) -> None:
        """Let others compute, unless somebody else holds the lease by now."""

        def end(token: Any) -> Amendment | None:
            return Amendment() if token == self._token else None

        def give_back(cache: Any) -> None:
            if (amend := getattr(cache, "amend", None)) is not None:
                amend(self._name, end)
            elif cache.get(self._name) == self._token:
                # A foreign tier can do no better.
                cache.delete(self._name)

        self._tier.ask(give_back, None)

    def ticket(self) -> int:
        """Return the generation of the key; another one later on means that it was changed meanwhile."""
        return self._coherence.ticket(self.made)

    def pauses(self, *, clock: Callable[[], float] = time.monotonic) -> Iterator[float]:
        """Yield how long to sleep, until the key was changed or it is time to ask for the lease again."""
        ticket = self.ticket()
        ends = clock() + TRY_AGAIN_SECONDS
        pause = SHORTEST_PAUSE
        while self.ticket() == ticket and clock() < ends:
            yield pause
            pause = min(pause * 2, LONGEST_PAUSE)


class ProcessLease:
    """Stands for a lease where no tier could keep one: every process computes for itself."""

    def __init__(self, made: str) -> None:
        self.flight = made

    def take(self) -> bool:
        """Always grant it."""
        return True

    def give_back(self) -> None:
        """Nothing was taken."""

    def pauses(self) -> Iterator[float]:
        """Nobody waits."""
        return iter(())


def compute_under(lease: Lease | ProcessLease, compute: Callable[[], Any], look: Callable[[], Any]) -> Any:
    """Return what ``compute`` returns, or what another process stored meanwhile."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if lease.take():
            try:
                # Somebody may have stored it between our miss and our lease.
                return found if (found := look()) is not MISSING else compute()
            finally:
                lease.give_back()
        for pause in lease.pauses():
            time.sleep(pause)
        if (found := look()) is not MISSING:
            return found
    return compute()
