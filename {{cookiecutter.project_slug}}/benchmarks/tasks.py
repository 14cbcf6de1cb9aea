"""What tasks cost and how soon they run: ``uv run python benchmarks/tasks.py [--peers] [--json FILE] [--check]``.

Every system runs with two processes of four threads, or as near to it as it gets, in turns of one run;
medians are shown, and the ratio within a round is what counts. Servers are started from the installed binaries
unless given; a given Redis is emptied. ``--check`` exits with status 1 when a goal is missed, or could not be measured.
"""

import os
import signal
import sys
import tempfile
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from benchmarks import report
from benchmarks.comparison import tables
from benchmarks.comparison.goals import goals_for
from benchmarks.comparison.measurements import MEASUREMENTS, Sizes
from benchmarks.comparison.race import Race
from benchmarks.comparison.stores import Stores
from benchmarks.comparison.systems import OURS, PEERS, System
from benchmarks.servers import START, servers

QUICK: Final = Sizes(tasks=500, sparse=5, rounds=1, redelivery_cap=20, ended=2_000, delayed=400)


def at_least(minimum: int) -> Callable[[str], int]:
    """Return what reads a number that is no smaller than ``minimum``."""

    def number(text: str) -> int:
        if (value := int(text)) < minimum:
            raise ArgumentTypeError(f"{value} is too few; give {minimum} or more")
        return value

    return number


def options() -> Namespace:
    """Read the command line."""
    usual = Sizes()
    parser = report.parser("Measure what tasks cost, ours and with --peers those of others.")
    parser.add_argument("--peers", action="store_true", help="measure the peers too, and the goals against them")
    parser.add_argument("--only", action="append", metavar="NAME", help="a row or a system; may be given repeatedly")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that everything runs")
    parser.add_argument("--tasks", type=at_least(10), metavar="N", help=f"tasks to drain ({usual.tasks:,})")
    parser.add_argument("--sparse", type=at_least(2), metavar="N", help=f"tasks sent to idle workers ({usual.sparse})")
    parser.add_argument("--rounds", type=at_least(1), metavar="R", help=f"repetitions ({usual.rounds})")
    parser.add_argument("--redelivery-cap", type=float, metavar="S", help=f"seconds ({usual.redelivery_cap:g})")
    parser.add_argument("--ended", type=at_least(0), metavar="N", help=f"ended tasks in a full table ({usual.ended:,})")
    parser.add_argument("--delayed", type=at_least(0), metavar="N", help=f"and delayed ones ({usual.delayed:,})")
    for name in START:
        variable = f"BENCHMARK_{name.upper()}_URL"
        parser.add_argument(f"--{name}", metavar="URL", default=os.environ.get(variable), help=f"or {variable}")
    parsed = parser.parse_args()
    known = {*MEASUREMENTS, *(system.name for system in (*OURS, *PEERS))}
    if unknown := set(parsed.only or ()) - known:
        parser.error(f"--only {min(unknown)!r} is none of: {'; '.join(sorted(known))}")
    return parsed


def sizes(parsed: Namespace) -> Sizes:
    """Return how much is to be measured."""
    base = QUICK if parsed.quick else Sizes()
    given = {field.name: getattr(parsed, field.name) for field in fields(Sizes)}
    return replace(base, **{name: value for name, value in given.items() if value is not None})


def chosen(parsed: Namespace) -> tuple[list[str], list[System]]:
    """Return the rows and the systems of this run."""
    only = set(parsed.only or ())
    rows = [name for name in MEASUREMENTS if name in only] or list(MEASUREMENTS)
    candidates = [*OURS, *(PEERS if parsed.peers else ())]
    systems = [system for system in (*OURS, *PEERS) if system.name in only] or candidates
    return rows, systems


def run(parsed: Namespace, rows: list[str], systems: list[System]) -> Race:
    """Measure everything."""
    needed = {server for system in systems for server in system.servers}
    given: Mapping[str, str | None] = {name: getattr(parsed, name) for name in START if name in needed}
    with servers(given) as (urls, problems), tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        race = Race(Stores(urls, Path(folder)), sizes(parsed), Path(folder))
        race.problems += problems
        race.run(rows, systems)
    return race


def main() -> int:
    """Measure, print the tables, and compare with the goals."""
    parsed = options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers must not outlive this
    rows, systems = chosen(parsed)
    race = run(parsed, rows, systems)
    results = race.medians()
    goals = goals_for(rows, systems)
    console = Console(width=None if sys.stdout.isatty() else 120)
    if results:
        console.print(tables.figures(results, cap=race.sizes.redelivery_cap))
    if goals:
        console.print(tables.goals(goals, race.rounds, cap=race.sizes.redelivery_cap))
    for problem in race.problems:
        sys.stderr.write(f"Not measured: {problem}\n")
    missed = [
        *(problem.partition(":")[0] for problem in race.problems),
        *(goal.name for goal in goals if not goal.is_met(race.rounds)),
    ]
    return report.finish(parsed, race.document(goals), missed)


if __name__ == "__main__":
    sys.exit(main())
