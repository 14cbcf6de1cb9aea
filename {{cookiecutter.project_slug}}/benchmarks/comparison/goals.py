"""What our systems have to reach, alone or as a ratio to peers measured in the same round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from .systems import (
    CELERY,
    DJANGO_TASKS,
    DRAMATIQ,
    DRAMATIQ_RABBITMQ,
    POSTGRES,
    PROCRASTINATE,
    RABBITMQ,
    REDIS,
    SQLITE,
    UNDURABLE,
    System,
)

#: The figures of each round, by system, row and number of the round.
type Rounds = Mapping[str, Mapping[str, Mapping[int, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on the ratio of one figure of a system to that of the best of some peers, or to another of its own."""

    row: str
    ours: System
    at_least: float | None = None
    at_most: float | None = None
    against: tuple[System, ...] = ()
    #: The row of its own that it is compared with.
    beside: str | None = None

    @property
    def name(self) -> str:
        """What is said when it is missed."""
        others = self.beside or " or ".join(peer.name for peer in self.against)
        return f"{self.row}: {self.ours.name} / {others}"

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
        ours = rounds.get(self.ours.name, {}).get(self.row, {})
        theirs = [rounds.get(peer.name, {}).get(self.row, {}) for peer in self.against]
        if self.beside:
            theirs.append(rounds.get(self.ours.name, {}).get(self.beside, {}))
        best = max if self.at_least is not None else min
        shared = set(ours).intersection(*theirs)
        return median(ours[n] / best(their[n] for their in theirs) for n in shared) if shared else None

    def is_met(self, rounds: Rounds) -> bool:
        """Tell whether it was measured and reached."""
        figure = self.figure(rounds)
        if figure is None:
            return False
        return figure >= self.at_least if self.at_least is not None else figure <= (self.at_most or 0)


def _soon(system: System, peer: System, *, middle: float, worst: float) -> tuple[Goal, Goal]:
    return (
        Goal(row="idle p50", ours=system, at_most=middle, against=(peer,)),
        Goal(row="idle p99", ours=system, at_most=worst, against=(peer,)),
    )


def goals_for(measurements: Iterable[str], systems: Iterable[System]) -> list[Goal]:
    """Return the goals that such a run can tell about."""
    rows, measured = set(measurements), set(systems)
    return [
        goal
        for goal in GOALS
        if goal.row.split()[0] in rows and goal.beside in {None, *rows} and goal.systems <= measured
    ]


GOALS: Final = (
    Goal(row="drain", ours=UNDURABLE, at_least=0.95, against=(DRAMATIQ,)),
    Goal(row="drain", ours=REDIS, at_least=0.9, against=(DRAMATIQ,)),
    Goal(row="drain", ours=RABBITMQ, at_least=0.5, against=(DRAMATIQ_RABBITMQ,)),
    Goal(row="drain", ours=POSTGRES, at_least=2, against=(PROCRASTINATE,)),
    Goal(row="drain", ours=SQLITE, at_least=3, against=(DJANGO_TASKS,)),
    *(Goal(row="crowded", ours=ours, at_least=0.9, beside="drain") for ours in (REDIS, RABBITMQ, POSTGRES, SQLITE)),
    Goal(row="enqueue 1", ours=POSTGRES, at_least=1.3, against=(PROCRASTINATE, DJANGO_TASKS)),
    *_soon(UNDURABLE, CELERY, middle=1, worst=2),
    *_soon(REDIS, CELERY, middle=2, worst=3),
    *_soon(POSTGRES, PROCRASTINATE, middle=1.5, worst=2),
    *_soon(SQLITE, PROCRASTINATE, middle=1.5, worst=2),
    *(Goal(row="redelivery", ours=ours, at_most=0.25, against=(DRAMATIQ,)) for ours in (REDIS, POSTGRES, SQLITE)),
    Goal(row="redelivery", ours=RABBITMQ, at_most=10, against=(DRAMATIQ_RABBITMQ,)),
)
