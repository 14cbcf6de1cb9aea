"""What a run of kills came to."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from .books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one run; the first group must be zero, the second says what the run was worth."""

    #: Committed orders without the effect of a task.
    lost: int
    #: Effects of the atomic actor beyond one for each order.
    doubled: int
    #: Effects or tasks of orders that do not exist: work of rolled-back transactions.
    ghosts: int
    #: Orders whose commit had returned and that are not there.
    forgotten: int
    #: Tasks that something was still to happen to when patience ended.
    unsettled: int

    mode: str
    seed: int
    orders: int
    rolled_back: int
    kills: dict[str, int]
    #: Attempts of the atomic actor beyond one: kills and outages that were made good.
    extra_attempts: int
    #: Runs of the plain actor that left their effect beyond one: what "at least once" means.
    plain_extra_runs: int
    seconds_of_kills: float
    seconds_to_settle: float
    #: What the site said last, if something was still to happen.
    last_words: str

    @property
    def faults(self) -> dict[str, int]:
        """What must not be, by name; empty after a good run."""
        named = {
            "lost": self.lost,
            "doubled": self.doubled,
            "ghosts": self.ghosts,
            "forgotten": self.forgotten,
            "unsettled": self.unsettled,
        }
        return {name: count for name, count in named.items() if count}

    def document(self) -> dict[str, Any]:
        """Return everything, for a JSON file."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the books cannot say about a run."""

    mode: str
    seed: int
    confirmed: set[str]
    refused: set[str]
    kills: Counter[str]
    seconds_of_kills: float
    seconds_to_settle: float
    last_words: str = ""


def figures(books: Books, run: Run) -> Figures:
    """Compare what was ordered with what happened."""
    orders = books.orders()
    receipts, notes = books.effects("receipt"), books.effects("note")
    tasks = books.tasks("receipt")
    happened = {*receipts, *notes, *(task.key for task in tasks), *(task.key for task in books.tasks("note"))}
    return Figures(
        lost=len(orders - set(receipts)) + len(orders - set(notes)),
        doubled=sum(count - 1 for count in receipts.values()),
        ghosts=len(happened - orders) + len(run.refused & orders),
        forgotten=len(run.confirmed - orders),
        unsettled=books.unfinished(),
        mode=run.mode,
        seed=run.seed,
        orders=len(orders),
        rolled_back=len(run.refused),
        kills=dict(sorted(run.kills.items())),
        extra_attempts=sum(max(0, task.attempts - 1) for task in tasks),
        plain_extra_runs=sum(count - 1 for count in notes.values()),
        seconds_of_kills=round(run.seconds_of_kills, 1),
        seconds_to_settle=round(run.seconds_to_settle, 1),
        last_words=run.last_words,
    )
