"""What our systems have to reach, alone or as a ratio to peers measured in the same run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .systems import OUR_DURABLE

type Results = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on one figure of one system; against peers it bounds the ratio to the best of them."""

    row: str
    ours: str
    at_least: float | None = None
    at_most: float | None = None
    against: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What is said when it is missed."""
        peers = f" / {' or '.join(self.against)}" if self.against else ""
        return f"{self.row}: {self.ours}{peers}"

    @property
    def bound(self) -> str:
        """The bound in words."""
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"

    @property
    def systems(self) -> set[str]:
        """What has to be measured for it."""
        return {self.ours, *self.against}

    def figure(self, results: Results) -> float | None:
        """Return what is compared with the bound; ``None`` if it was not measured."""
        figures = [results.get(name, {}).get(self.row) for name in (self.ours, *self.against)]
        ours, *theirs = [figure for figure in figures if figure is not None]
        if len(theirs) < len(self.against):
            return None
        return ours / max(theirs) if theirs else ours

    def is_met(self, results: Results) -> bool:
        """Tell whether it was measured and reached."""
        figure = self.figure(results)
        if figure is None:
            return False
        return figure >= self.at_least if self.at_least is not None else figure <= (self.at_most or 0)


def goals_for(measurements: Iterable[str], systems: Iterable[str]) -> list[Goal]:
    """Return the goals that such a run can tell about."""
    chosen, names = set(measurements), set(systems)
    return [goal for goal in GOALS if goal.row.split()[0] in chosen and goal.systems <= names]


_REDIS: Final = ("dramatiq, Redis",)
_PROCRASTINATE: Final = "procrastinate, PostgreSQL"
_DJANGO_TASKS: Final = "django-tasks-db, PostgreSQL"

GOALS: Final = (
    Goal(row="drain", ours="ours, Redis, durable=False", at_least=0.95, against=_REDIS),
    Goal(row="drain", ours="ours, Redis", at_least=0.8, against=_REDIS),
    Goal(row="drain", ours="ours, PostgreSQL", at_least=2, against=(_PROCRASTINATE,)),
    Goal(row="drain", ours="ours, SQLite", at_least=3, against=(_DJANGO_TASKS,)),
    Goal(row="enqueue 1", ours="ours, PostgreSQL", at_least=1.3, against=(_PROCRASTINATE, _DJANGO_TASKS)),
    Goal(row="idle p50", ours="ours, Redis, durable=False", at_most=5),
    Goal(row="idle p99", ours="ours, Redis, durable=False", at_most=20),
    Goal(row="idle p50", ours="ours, Redis", at_most=5),
    Goal(row="idle p99", ours="ours, Redis", at_most=20),
    Goal(row="idle p50", ours="ours, PostgreSQL", at_most=10),
    Goal(row="idle p99", ours="ours, PostgreSQL", at_most=30),
    Goal(row="idle p50", ours="ours, SQLite", at_most=10),
    Goal(row="idle p99", ours="ours, SQLite", at_most=30),
    *(Goal(row="redelivery", ours=system.name, at_most=15) for system in OUR_DURABLE),
)
