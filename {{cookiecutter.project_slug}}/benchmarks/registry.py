"""What the registry costs: ``uv run python benchmarks/registry.py [--peers] [--json FILE] [--check]``.

Every figure is the median over processes of their own: bare, and with what any Django process has loaded already.
``--peers`` compares its front door with those of lazy_loader and etils, which uv installs, and with eager imports.
``--check`` exits with status 1 when a figure misses its goal.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report
from benchmarks.comparison.environments import MissingPeerError, uv_command
from benchmarks.doors import REQUIREMENTS, write_packages

ROOT: Final = Path(__file__).resolve().parents[1]
PROCESSES: Final = 15
OURS: Final = "ours"
DICTIONARY: Final = "lazy_loader.attach"

# What the process of a project has loaded when it meets the front door: its settings come from the framework, too.
LOADED = "import inspect, json, sys, time, timeit, tracemalloc, typing, importlib.util\n"
LOADED += "import django.db.models, framework.errors\n"
IMPORT = """
import json, sys, time, framework
before = set(sys.modules)
start = time.perf_counter()
import framework.registry
spent = time.perf_counter() - start
new = set(sys.modules) - before
print(json.dumps(dict(us=spent * 1e6, modules=len(new), django=sum(name.startswith("django") for name in new))))
"""
MEMORY = """
tracemalloc.start()
import framework.registry
print(json.dumps(dict(kb=tracemalloc.get_traced_memory()[0] / 1024)))
"""
ACCESS = """
import json, time, timeit
from framework import registry
start = time.perf_counter()
registry.FrameworkError
first = time.perf_counter() - start
spent = min(timeit.repeat("registry.FrameworkError", globals=globals(), number=200_000, repeat=7)) / 200_000
print(json.dumps({"first_us": first * 1e6, "later_ns": spent * 1e9}))
"""
EVERYTHING = """
import json, time, django
django.setup()
from framework import registry
start = time.perf_counter()
broken = registry.validate()
print(json.dumps({"ms": (time.perf_counter() - start) * 1e3, "components": len(registry.list_components()),
                  "broken": len(broken)}))
"""
EAGER = """
import ast, django
from pathlib import Path
source = ast.parse(Path("framework/registry/__init__.py").read_text(encoding="utf-8"))
[block] = [statement for statement in source.body if isinstance(statement, ast.With)]
plain = compile(ast.Module(body=block.body, type_ignores=[]), "", "exec")
django.setup()
start = time.perf_counter()
exec(plain, {"__package__": "framework.registry"})
print(json.dumps(dict(us=(time.perf_counter() - start) * 1e6)))
"""
DOOR = """
sys.path.insert(0, {folder!r})
start = time.perf_counter()
import {package} as door
spent = time.perf_counter() - start
door.cached
later = min(timeit.repeat("door.cached", globals=globals(), number=100_000, repeat=5)) / 100_000
print(json.dumps(dict(us=spent * 1e6, later_ns=later * 1e9)))
"""


def measured(code: str, *, python: Sequence[str] = (sys.executable,)) -> dict[str, float]:
    """Return the median of each figure that ``code`` prints, over fresh processes."""
    figures = [_run(code, python) for _ in range(PROCESSES)]
    return {name: median(figure[name] for figure in figures) for name in figures[0]}


def _run(code: str, python: Sequence[str]) -> dict[str, float]:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "ENVIRONMENT": "test"}
    environment["PYTHONPATH"] = str(ROOT)
    # Compiled files are kept, as in any deployment; the first process writes them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([*python, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingPeerError(done.stderr.strip())
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def doors() -> dict[str, dict[str, float]]:
    """Measure a package with as many names as the registry behind each kind of front door; raises MissingPeerError."""
    overlay = [part for requirement in REQUIREMENTS for part in ("--with", requirement)]
    python = [*uv_command(), "run", "--quiet", "--no-sync", *overlay, "python"]
    with tempfile.TemporaryDirectory() as folder:
        packages = write_packages(Path(folder))
        # In turns, so that all kinds meet the same noise.
        rounds = [
            {
                kind: _run(LOADED + DOOR.format(folder=folder, package=package), python)
                for kind, package in packages.items()
            }
            for _ in range(PROCESSES)
        ]
    return {
        kind: {name: median(each[kind][name] for each in rounds) for name in ("us", "later_ns")} for kind in packages
    }


def main() -> int:
    """Measure, print a table, and compare with the goals."""
    parser = report.parser("Measure what the registry costs.")
    parser.add_argument("--peers", action="store_true", help="compare with other front doors, lazy and eager")
    options = parser.parse_args()
    bare, loaded, memory = measured(IMPORT), measured(LOADED + IMPORT), measured(LOADED + MEMORY)
    access, everything = measured(ACCESS), measured(EVERYTHING)
    rows: list[tuple[str, float, str, float | None]] = [
        ("import, bare interpreter", bare["us"], "us", None),
        ("import, Django loaded", loaded["us"], "us", 3_000),
        ("modules it adds, Django loaded", loaded["modules"], "", 3),
        ("modules of Django it adds", bare["django"], "", 0),
        ("memory it takes, Django loaded", memory["kb"], "KiB", 1_024),
        ("first access to a name", access["first_us"], "us", None),
        ("later access to a name", access["later_ns"], "ns", 120),
        ("components", everything["components"], "", None),
        ("components that do not resolve", everything["broken"], "", 0),
        ("importing all of them, project loaded", everything["ms"], "ms", None),
    ]
    if options.peers:
        rows += _compared()
    missed = [name for name, value, _, goal in rows if goal is not None and value > goal]
    for name, value, unit, goal in rows:
        shown = f"{value:12,.2f}" if unit == "x" else f"{value:12,.0f}"
        print(f"{name:50} {shown} {unit:3} {'' if goal is None else f'(at most {goal:,})'}")
    return report.finish(options, {name: value for name, value, _, _ in rows}, missed)


def _compared() -> list[tuple[str, float, str, float | None]]:
    try:
        found = doors()
    except MissingPeerError as error:
        sys.exit(f"The peers cannot be measured: {error}")
    whole = measured(LOADED + EAGER)["us"]
    rows: list[tuple[str, float, str, float | None]] = []
    for kind, figures in found.items():
        rows.append((f"front door, {kind}: import", figures["us"], "us", None))
        rows.append((f"front door, {kind}: later access", figures["later_ns"], "ns", None))
    rows.append(("front door, the registry's own imports, eager", whole, "us", None))
    rows.append((f"import, ours / {DICTIONARY}", found[OURS]["us"] / found[DICTIONARY]["us"], "x", 1.0))
    return rows


if __name__ == "__main__":
    sys.exit(main())
