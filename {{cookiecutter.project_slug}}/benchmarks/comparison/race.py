"""All systems in turns, so that every one meets the same noise."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import product
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .crew import Crew, MeasurementError
from .environments import MissingPeerError
from .goals import Goal
from .measurements import MEASUREMENTS, Sizes
from .stores import ERRORS, Stores
from .systems import System


class Race:
    """One run: the figures of every round, and what could not be measured."""

    def __init__(self, stores: Stores, sizes: Sizes, folder: Path) -> None:
        self.sizes = sizes
        self.problems: list[str] = []
        self._stores = stores
        self._folder = folder
        self.rounds: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))

    def run(self, rows: Sequence[str], systems: Sequence[System]) -> None:
        """Measure in rounds, each row of every system in each; an interrupted run keeps what it has."""
        with ExitStack() as stack:
            try:
                self._run(rows, [crew for system in systems if (crew := self._crew(stack, system))])
            except KeyboardInterrupt:
                self.problems.append("interrupted, later rounds are missing")

    def medians(self) -> dict[str, dict[str, float]]:
        """Return the median of each figure, by system and row."""
        return {
            system: {row: median(values.values()) for row, values in rows.items()}
            for system, rows in self.rounds.items()
        }

    def document(self, goals: Sequence[Goal]) -> dict[str, object]:
        """Return everything as JSON can hold it; what never came back is null."""
        results = self.medians()
        return {
            "sizes": asdict(self.sizes),
            "medians": {name: {row: _finite(value) for row, value in rows.items()} for name, rows in results.items()},
            "rounds": {
                name: {row: {n: _finite(value) for n, value in values.items()} for row, values in rows.items()}
                for name, rows in self.rounds.items()
            },
            "goals": {
                goal.name: {
                    "figure": _finite(goal.figure(self.rounds)),
                    "bound": goal.bound,
                    "met": goal.is_met(self.rounds),
                }
                for goal in goals
            },
            "problems": self.problems,
        }

    def _crew(self, stack: ExitStack, system: System) -> Crew | None:
        if absent := set(system.servers) - set(self._stores.urls):
            self.problems.append(f"{system.name}: needs {' and '.join(sorted(absent))}")
            return None
        try:
            crew = Crew(system, self._stores, self._folder)
            stack.callback(crew.leave)
            crew.prepare()
        except (MissingPeerError, MeasurementError, *ERRORS) as problem:
            self.problems.append(f"{system.name}: {problem}")
            return None
        return crew

    def _run(self, rows: Sequence[str], crews: Sequence[Crew]) -> None:
        turns = list(self._turns(rows, crews))
        with _progress() as progress:
            task = progress.add_task("", total=len(turns))
            for number, row, crew in turns:
                progress.update(task, description=f"{row}: {crew.system.name}")
                self._measure(number, row, crew)
                progress.advance(task)

    def _turns(self, rows: Sequence[str], crews: Sequence[Crew]) -> Iterator[tuple[int, str, Crew]]:
        for number, row in product(range(self.sizes.rounds), rows):
            yield from ((number, row, crew) for crew in crews if MEASUREMENTS[row].applies(crew.system, number))

    def _measure(self, number: int, row: str, crew: Crew) -> None:
        try:
            crew.empty()
            figures = MEASUREMENTS[row].measure(crew, self.sizes)
        except (MeasurementError, *ERRORS) as problem:
            self.problems.append(f"{row} of {crew.system.name}: {problem}")
            return
        for name, value in figures.items():
            self.rounds[crew.system.name][name][number] = value


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else round(value, 3)


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
