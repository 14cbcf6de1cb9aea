"""What is measured of a system, each on an empty queue; every function returns one round's figures by row."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final

from .crew import Crew
from .systems import System

START_SECONDS: Final = 60  # for workers to come up
SLOWEST: Final = 20  # tasks per second; slower than this is a fault
RUNNING: Final = 4
SETTLE_SECONDS: Final = 3

type Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of everything is done."""

    tasks: int = 5_000
    sparse: int = 20
    rounds: int = 3
    redelivery_cap: float = 60
    ended: int = 1_000_000
    delayed: int = 200_000


def drain(crew: Crew, sizes: Sizes) -> Figures:
    """Fill the queue, then start the workers: tasks per second from the first start to the last."""
    crew.drive("fill", sizes.tasks)
    with crew.beside(), crew.running("worker"):
        found = crew.require(sizes.tasks, START_SECONDS + sizes.tasks / SLOWEST)
    first = [min(times) for times in found.values()]
    return {"drain": (len(first) - 1) / (max(first) - min(first)) * 1e9}


def crowded(crew: Crew, sizes: Sizes) -> Figures:
    """Drain a table that holds many tasks which have ended or wait for their day."""
    crew.drive("crowd", sizes.ended, sizes.delayed)
    return {"crowded": drain(crew, sizes)["drain"]}


def enqueue(crew: Crew, sizes: Sizes) -> Figures:
    """Send without workers: tasks per second, one and a hundred in each transaction."""
    alone, together = sizes.tasks // 5, sizes.tasks
    return {
        "enqueue 1": alone / crew.drive("enqueue", alone, 1),
        "enqueue 100": together / crew.drive("enqueue", together, 100),
    }


def idle(crew: Crew, sizes: Sizes) -> Figures:
    """Send a task now and then to warm workers: milliseconds from the call of ``send`` to the start."""
    with crew.beside(), crew.running("worker"):
        crew.drive("fill", 2 * RUNNING)
        crew.require(2 * RUNNING, START_SECONDS)
        time.sleep(SETTLE_SECONDS)
        crew.forget_starts()
        sent = {int(index): at for index, at in crew.drive("sparse", sizes.sparse).items()}
        found = crew.require(sizes.sparse + 1, START_SECONDS)
    waits = sorted((found[index][0] - at) / 1e6 for index, at in sent.items())
    return {"idle p50": median(waits), "idle p99": quantiles(waits, n=100, method="inclusive")[98]}


def redelivery(crew: Crew, sizes: Sizes) -> Figures:
    """Kill the workers while four tasks run: seconds until new workers have started all four again."""
    with crew.beside():
        with crew.running("worker"):
            crew.drive("hold", RUNNING)
            crew.require(RUNNING, START_SECONDS)
            time.sleep(SETTLE_SECONDS)
        killed = time.time_ns()
        with crew.running("worker"):
            crew.wait(
                lambda found: all(len(times) > 1 for times in found.values()),
                lines=2 * RUNNING,
                seconds=sizes.redelivery_cap,
            )
    again = [[at for at in times if at > killed] for times in crew.starts().values()]
    return {"redelivery": (max(min(times) for times in again) - killed) / 1e9 if all(again) else math.inf}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A function above, and where it applies."""

    measure: Callable[[Crew, Sizes], Figures]
    #: Most of a redelivery is a timer, so once is enough.
    once: bool = False

    def applies(self, system: System, number: int) -> bool:
        """Tell whether ``system`` is measured in round ``number``.

        Only some can be sent to in a transaction, and of what others keep of old tasks nothing is known here.
        """
        if self.once and number:
            return False
        if self.measure is crowded:
            return system.is_transactional and not system.is_peer
        return system.is_transactional or self.measure is not enqueue


MEASUREMENTS: Final = {
    "drain": Measurement(measure=drain),
    "crowded": Measurement(measure=crowded),
    "enqueue": Measurement(measure=enqueue),
    "idle": Measurement(measure=idle),
    "redelivery": Measurement(measure=redelivery, once=True),
}
