"""What a request costs: ``uv run python benchmarks/middleware.py [--peers] [--json FILE] [--check]``.

The same two views behind Django's default stack, behind ours, and with ``--peers`` behind the
stack that is usually assembled from packages, which uv installs; ours, with what those packages do and with all of it,
and what each of our middlewares costs by itself. Each stack runs in processes of its own, in turns; the
medians are shown. Redis is a server of its own on loopback. ``--check`` exits with status 1 when a goal is missed.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import report
from benchmarks.comparison.environments import MissingPeerError
from benchmarks.overlay import in_overlay, rerun
from benchmarks.stacks import PACKAGES, STACKS
from benchmarks.stacks.load import requests_per_second, until_it_serves
from tests.servers.server import free_port
from tests.unit.cache.servers import private_redis

ROOT: Final = Path(__file__).resolve().parents[1]
DEFAULT, ASSEMBLED, OURS, WHOLE = STACKS
ROUNDS: Final = 5
THREADS: Final = 3_000
LOOP: Final = 300
SECONDS: Final = 3.0
VIEWS: Final = {"sync": "/plain", "async": "/quick"}


class Stack:
    """One stack, with a database of its own."""

    def __init__(self, name: str, folder: Path, redis_url: str) -> None:
        database = folder / f"{STACKS[name].rpartition('.')[2]}.sqlite3"
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": STACKS[name],
            "PYTHONPATH": str(ROOT),
            "BENCHMARK_DATABASE": str(database),
            "BENCHMARK_REDIS_URL": redis_url,
            "DATABASE_URL": f"sqlite:///{database}",
            "REDIS_URL": redis_url,
            "STATE_DIR": str(folder),
            "DEBUG": "false",
            "LOG_FORMAT": "json",
        }
        self._log = folder / "log"
        self.run("migrate", 0)

    def run(self, action: str, number: int) -> dict[str, Any]:
        """Return what the driver says."""
        command = [sys.executable, "-m", "benchmarks.stacks.driver", action, str(number)]
        # Into a file: who reads a pipe takes the processor away from what is measured.
        with self._log.open("w") as log:
            done = subprocess.run(
                command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True, check=False
            )
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{self._log.read_text()[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout or "{}")
        return found

    def load(self) -> dict[str, float]:
        """Return the requests per second of its server, one process."""
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.stacks.driver", "serve", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=self._environment, stderr=subprocess.DEVNULL)
        try:
            return asyncio.run(self._load(port))
        finally:
            server.kill()
            server.wait()

    async def _load(self, port: int) -> dict[str, float]:
        await until_it_serves(port)
        return {
            f"{view} view, requests/s": await requests_per_second(port, path, SECONDS) for view, path in VIEWS.items()
        }


def measure(stacks: dict[str, Stack]) -> dict[str, dict[str, float]]:
    """Return the medians by stack."""
    rounds: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in stacks}
    for _ in range(ROUNDS):
        for name, stack in stacks.items():
            for row, figure in (stack.run("threads", THREADS) | stack.run("loop", LOOP) | stack.load()).items():
                rounds[name][row].append(figure)
    return {name: {row: median(figures) for row, figures in rows.items()} for name, rows in rounds.items()}


def goals(found: dict[str, dict[str, float]]) -> list[tuple[str, float, float, bool]]:
    """Return what is held against a goal: its name, the figure, the bound, and whether it is met."""
    ours = found[OURS]
    rows = [
        ("hops, sync view", ours["hops, sync view"], 3.0, ours["hops, sync view"] <= 3),
        ("hops, async view", ours["hops, async view"], 2.0, ours["hops, async view"] <= 2),
    ]
    if theirs := found.get(ASSEMBLED):
        plain = found[DEFAULT]["WSGI, us"]
        added = (ours["WSGI, us"] - plain) / (theirs["WSGI, us"] - plain)
        rows.append(("added under WSGI / assembled", added, 0.2, added <= 0.2))
        for view in VIEWS:
            row = f"{view} view, requests/s"
            ratio = ours[row] / theirs[row]
            rows.append((f"{row} / assembled", ratio, 2.0, ratio >= 2))
    return rows


def show(found: dict[str, dict[str, Any]], rows: list[tuple[str, float, float, bool]]) -> None:
    """Print both tables."""
    print(f"{'':28}" + "".join(f"{name:>26}" for name in found))
    for row in next(iter(found.values())):
        print(f"{row:28}" + "".join(f"{figures[row]:>26,.0f}" for figures in found.values()))
    print()
    for label, figure, bound, met in rows:
        print(f"{label:44}{figure:8.2f}  bound {bound:g}, {'met' if met else 'missed'}")


def show_each(each: dict[str, dict[str, float]]) -> None:
    """Print what each middleware costs."""
    print()
    for path, cost in each.items():
        print(f"{path:68}{cost['us']:8.1f} us{cost['hops']:4.0f} hops")


def main() -> int:
    """Measure, print the tables, and compare with the goals."""
    parser = report.parser("Measure what a request costs.")
    parser.add_argument("--peers", action="store_true", help="measure the usual packages in the same run")
    options = parser.parse_args()
    if options.peers and not in_overlay():
        try:
            return rerun(sys.argv, PACKAGES)
        except MissingPeerError as error:
            sys.exit(f"The peers cannot be measured: {error}")
    names = [name for name in STACKS if options.peers or name != ASSEMBLED]
    with tempfile.TemporaryDirectory() as name, private_redis(Path(name)) as server:
        stacks = {stack: Stack(stack, Path(name), server.url) for stack in names}
        found, each = measure(stacks), stacks[WHOLE].run("each", THREADS)
    rows = goals(found)
    show(found, rows)
    show_each(each)
    figures = {**found, "each": each, "goals": {label: figure for label, figure, _, _ in rows}}
    return report.finish(options, figures, [label for label, _, _, met in rows if not met])


if __name__ == "__main__":
    sys.exit(main())
