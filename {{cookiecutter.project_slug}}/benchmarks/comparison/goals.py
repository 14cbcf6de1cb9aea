"""What our systems have to reach, alone or as a ratio to peers measured in the same round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from .systems import DJANGO_TASKS, DRAMATIQ, POSTGRES, PROCRASTINATE, RABBITMQ, REDIS, SQLITE, UNDURABLE, System

#: The figures of each round, by system, row and number of the round.
type Rounds = Mapping[str, Mapping[str, Mapping[int, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on one figure of one system; against peers it bounds the ratio to the best of them."""

    row: str
    ours: System
    at_least: float | None = None
    at_most: float | None = None
    against: tuple[System, ...] = ()

    @property
    def name(self) -> str:
        """What is said when it is missed."""
        peers = " or ".join(peer.name for peer in self.against)
        return f"{self.row}: {self.ours.name}{peers and f' / {peers}'}"

    @property
    def bound(self) -> str:
        """The bound in words."""
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"

    @property
    def systems(self) -> set[System]:
        """What has to be measured for it."""
        return {self.ours, *self.against}

    def figure(self, rounds: Rounds) -> float | None:
        """Return what is compared with the bound; ``None`` if it was not measured.

        A ratio is taken in each round and then the median of those: rounds that met different noise, or that
        only one side took part in, say nothing about the two.
        """
        ours, *theirs = (rounds.get(system.name, {}).get(self.row, {}) for system in (self.ours, *self.against))
        shared = set(ours).intersection(*theirs)
        if not shared:
            return None
        return median(ours[n] / max(their[n] for their in theirs) if theirs else ours[n] for n in shared)

    def is_met(self, rounds: Rounds) -> bool:
        """Tell whether it was measured and reached."""
        figure = self.figure(rounds)
        if figure is None:
            return False
        return figure >= self.at_least if self.at_least is not None else figure <= (self.at_most or 0)


def _soon(system: System, middle: float, worst: float) -> tuple[Goal, Goal]:
    return Goal(row="idle p50", ours=system, at_most=middle), Goal(row="idle p99", ours=system, at_most=worst)


def goals_for(measurements: Iterable[str], systems: Iterable[System]) -> list[Goal]:
    """Return the goals that such a run can tell about."""
    rows, measured = set(measurements), set(systems)
    return [goal for goal in GOALS if goal.row.split()[0] in rows and goal.systems <= measured]


GOALS: Final = (
    Goal(row="drain", ours=UNDURABLE, at_least=0.95, against=(DRAMATIQ,)),
    Goal(row="drain", ours=REDIS, at_least=0.8, against=(DRAMATIQ,)),
    Goal(row="drain", ours=POSTGRES, at_least=2, against=(PROCRASTINATE,)),
    Goal(row="drain", ours=SQLITE, at_least=3, against=(DJANGO_TASKS,)),
    Goal(row="enqueue 1", ours=POSTGRES, at_least=1.3, against=(PROCRASTINATE, DJANGO_TASKS)),
    *_soon(UNDURABLE, 5, 20),
    *_soon(REDIS, 5, 20),
    *_soon(POSTGRES, 10, 30),
    *_soon(SQLITE, 10, 30),
    *(Goal(row="redelivery", ours=system, at_most=15) for system in (REDIS, RABBITMQ, POSTGRES, SQLITE)),
)
