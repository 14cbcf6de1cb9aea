"""What the registry costs: ``uv run python benchmarks/registry.py [--json FILE] [--check]``.

Every import is timed in a process of its own: bare, and with what any Django process has loaded already.
``--check`` exits with status 1 when a figure misses its goal.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report

ROOT: Final = Path(__file__).resolve().parents[1]
PROCESSES: Final = 15

IMPORT = """
import json, sys, time
if {warm}:
    import inspect, typing, importlib.util, django.db.models
import framework
before = set(sys.modules)
start = time.perf_counter()
import framework.registry
spent = time.perf_counter() - start
new = set(sys.modules) - before
print(json.dumps(dict(us=spent * 1e6, modules=len(new), django=sum(name.startswith("django") for name in new))))
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


def measured(code: str) -> dict[str, float]:
    """Return the median of each figure that ``code`` prints, over fresh processes."""
    figures = [_run(code) for _ in range(PROCESSES)]
    return {name: median(figure[name] for figure in figures) for name in figures[0]}


def _run(code: str) -> dict[str, float]:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "ENVIRONMENT": "test"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> int:
    """Measure, print a table, and compare with the goals."""
    options = report.parser("Measure what the registry costs.").parse_args()
    bare, warm = measured(IMPORT.format(warm=False)), measured(IMPORT.format(warm=True))
    access, everything = measured(ACCESS), measured(EVERYTHING)
    rows = [
        ("import, bare interpreter", bare["us"], "us", None),
        ("import, Django loaded", warm["us"], "us", 3_000),
        ("modules it adds, Django loaded", warm["modules"], "", 3),
        ("modules of Django it adds", bare["django"], "", 0),
        ("first access to a name", access["first_us"], "us", None),
        ("later access to a name", access["later_ns"], "ns", 120),
        ("components", everything["components"], "", None),
        ("components that do not resolve", everything["broken"], "", 0),
        ("importing all of them, project loaded", everything["ms"], "ms", None),
    ]
    missed = [name for name, value, _, goal in rows if goal is not None and value > goal]
    for name, value, unit, goal in rows:
        print(f"{name:40} {value:12,.0f} {unit:3} {'' if goal is None else f'(at most {goal:,})'}")
    return report.finish(options, {name: value for name, value, _, _ in rows}, missed)


if __name__ == "__main__":
    sys.exit(main())
