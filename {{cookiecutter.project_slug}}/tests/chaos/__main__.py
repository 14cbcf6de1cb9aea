"""``python -m tests.chaos``: the story of random kills in any size, with its figures.

    uv run python -m tests.chaos --mode redis-none --orders 2000 --seed 7 --json figures.json

Ends with status 1 when anything was lost, doubled, forgotten or made up.
"""

import argparse
import json
import random
import signal
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.status import Status
from rich.table import Table

from .figures import Figures
from .modes import MODES
from .story import Story

COLUMNS = {
    "mode": "mode",
    "orders": "orders",
    "rolled back": "rolled_back",
    "lost": "lost",
    "doubled": "doubled",
    "ghosts": "ghosts",
    "forgotten": "forgotten",
    "unsettled": "unsettled",
    "extra attempts": "extra_attempts",
    "plain extra runs": "plain_extra_runs",
    "killing, s": "seconds_of_kills",
    "settling, s": "seconds_to_settle",
}


def main() -> int:
    """Play the story in each mode and print a row for each."""
    options = _parser().parse_args()
    # The default would end this process and leave what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    modes = list(MODES) if options.mode == "all" else [options.mode]
    for mode in modes:
        if missing := MODES[mode].missing():
            sys.exit(f"{mode} needs {', '.join(missing)}")
    console = Console(stderr=True)
    results = []
    for mode in modes:
        story = Story(mode=mode, orders=options.orders, seconds=0, seed=options.seed, keep=options.keep)
        with console.status(f"{mode}: starting") as status:
            results.append(story.play(lambda *what, at=status, mode=mode: _show(at, mode, *what)))
    Console(width=200).print(_table(results))
    if options.json:
        text = json.dumps([each.document() for each in results], indent=2)
        options.json.write_text(f"{text}\n", encoding="utf-8")
    return 1 if any(each.faults for each in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--mode", choices=[*MODES, "all"], default="all", help="default: all")
    parser.add_argument("--orders", type=int, default=2000, help="orders to be committed (default: 2000)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="draws the times of kills")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs and the database")
    return parser


def _show(status: Status, mode: str, phase: str, orders: int, kills: Counter[str]) -> None:
    status.update(f"{mode}: {phase}, {orders} orders, {kills.total()} kills")


def _table(results: list[Figures]) -> Table:
    table = Table(*COLUMNS, "kills")
    for each in results:
        kills = ", ".join(f"{count} {kind}" for kind, count in each.kills.items())
        table.add_row(*(str(getattr(each, name)) for name in COLUMNS.values()), kills)
    return table


if __name__ == "__main__":
    sys.exit(main())
