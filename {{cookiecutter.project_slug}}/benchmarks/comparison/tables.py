"""The figures as people read them."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Column, Table

from .goals import Goal, Rounds
from .systems import DRAMATIQ

BASE: Final = DRAMATIQ.name
COLUMNS: Final[Mapping[str, str]] = {
    "drain": "drain\ntasks/s",
    "crowded": "in a full\ntable",
    "enqueue 1": "enqueue, 1 per\ntransaction /s",
    "enqueue 100": "100 per\ntransaction /s",
    "idle p50": "idle start\np50 ms",
    "idle p99": "\np99 ms",
    "redelivery": "redelivery\ns",
}


def figures(results: Mapping[str, Mapping[str, float]], *, cap: float) -> Table:
    """Return the medians of every system, and the drain beside that of plain Dramatiq if it was measured."""
    rows = [row for row in COLUMNS if any(row in found for found in results.values())]
    base = results.get(BASE, {}).get("drain")
    table = Table("", *(Column(COLUMNS[row], justify="right") for row in rows))
    if base:
        table.add_column(f"drain\n/ {BASE}", justify="right")
    for name, found in results.items():
        ratio = f"{found['drain'] / base:.2f}" if base and "drain" in found else ""
        table.add_row(name, *(_cell(row, found.get(row), cap) for row in rows), *([ratio] if base else []))
    return table


def goals(wanted: Sequence[Goal], rounds: Rounds, *, cap: float) -> Table:
    """Return each goal with its figure."""
    table = Table("goal", "bound", "figure", "")
    for goal in wanted:
        figure = goal.figure(rounds)
        shown = "not measured" if figure is None else f"> {cap:g}" if math.isinf(figure) else f"{figure:.2f}"
        table.add_row(goal.name, goal.bound, shown, "met" if goal.is_met(rounds) else "[bold]missed[/bold]")
    return table


def _cell(row: str, value: float | None, cap: float) -> str:
    if value is None:
        return ""
    if math.isinf(value):
        return f"> {cap:g}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
