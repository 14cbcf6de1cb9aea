"""Two sides of a comparison, measured in turns of one process so that both meet the same noise."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median
from typing import Any, Final, NamedTuple

ROUNDS: Final = 25

type Run = Callable[[int], None]


class Pair(NamedTuple):
    """Two medians, in microseconds per operation."""

    theirs: float
    ours: float


def turns(
    theirs: Run, ours: Run, number: int, watching: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> Pair:
    """Return the medians of both, over rounds of ``number`` operations; ``ours`` runs inside ``watching()``."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for side, run, around in ((0, theirs, nullcontext()), (1, ours, watching())):
            with around:
                start = time.perf_counter()
                run(number)
                spent[side].append((time.perf_counter() - start) / number * 1e6)
    return Pair(*(median(side) for side in spent))
