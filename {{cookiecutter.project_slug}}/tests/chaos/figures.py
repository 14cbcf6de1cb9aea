"""What a run of kills came to."""

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Final

from .books import Books

#: What a task leaves for an order bears the name of its actor; those that are atomic leave it once.
ATOMIC: Final = ("receipt", "letter", "gift")
ACTORS: Final = (*ATOMIC, "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one run; the first group must be zero, the second says what the run was worth."""

    #: Committed orders without the effect of a task.
    lost: int
    #: Effects of an atomic actor beyond one for each order.
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
    #: Attempts of one atomic actor beyond one: kills and outages that were made good.
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
    effects = {actor: books.effects(actor) for actor in ACTORS}
    tasks = {actor: books.tasks(actor) for actor in ACTORS}
    happened = {*chain.from_iterable(effects.values()), *(task.key for task in chain.from_iterable(tasks.values()))}
    expected = dict.fromkeys(ACTORS, orders) | {"gift": books.orders_of(2)}
    return Figures(
        lost=sum(len(expected[actor] - set(effects[actor])) for actor in ACTORS),
        doubled=sum(count - 1 for actor in ATOMIC for count in effects[actor].values()),
        ghosts=len(happened - orders) + len(run.refused & orders),
        forgotten=len(run.confirmed - orders),
        unsettled=books.unfinished(),
        mode=run.mode,
        seed=run.seed,
        orders=len(orders),
        rolled_back=len(run.refused),
        kills=dict(sorted(run.kills.items())),
        extra_attempts=sum(max(0, task.attempts - 1) for task in tasks["receipt"]),
        plain_extra_runs=sum(count - 1 for count in effects["note"].values()),
        seconds_of_kills=round(run.seconds_of_kills, 1),
        seconds_to_settle=round(run.seconds_to_settle, 1),
        last_words=run.last_words,
    )
