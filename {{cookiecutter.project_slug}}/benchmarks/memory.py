"""Whether memory stays within its bound: ``uv run python benchmarks/memory.py [--inserts N] [--json FILE] [--check]``.

Ten million values of mixed sizes are stored in a memory tier of 64 MiB. Shown: what it counts itself, and what the
process takes from the system beyond what it took before, the highest of many looks. ``--check`` exits with status 1
when that is more than the bound and a half.
"""

import os
import random
import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("ENVIRONMENT", "test")

import django
from rich.console import Console
from rich.progress import track

from benchmarks import report

BOUND_BYTES: Final = 64 * 1024 * 1024
INSERTS: Final = 10_000_000
LOOKS: Final = 200
KEYS: Final = 2_000_000
#: Of the bound; the interpreter's allocator gives memory back in larger pieces than it was asked for.
MOST: Final = 1.5


def resident_bytes() -> int:
    """Return what the process takes, from Linux' ``/proc``."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Store, look, print."""
    parser = report.parser("Measure what the memory tier takes.")
    parser.add_argument("--inserts", type=int, default=INSERTS, help="how many values to store")
    options = parser.parse_args()
    django.setup()
    from framework.cache.memory import MemoryCache

    limits = {"MAX_ENTRIES": 1_000_000, "MAX_BYTES": BOUND_BYTES}
    cache = MemoryCache("benchmark", {"OPTIONS": limits})
    chance = random.Random(7)
    text = "x" * 100_000
    before = resident_bytes()
    taken = counted = 0
    each = max(1, options.inserts // LOOKS)
    for done in track(
        range(0, options.inserts, each), description="Storing", transient=True, console=Console(stderr=True)
    ):
        for number in range(done, min(done + each, options.inserts)):
            size = int(10 ** chance.uniform(1, 4.7))
            value = text[:size] if number % 3 else {"number": number, "text": text[:size]}
            cache.set(f"key{chance.randrange(KEYS)}", value, 3600)
        taken = max(taken, resident_bytes() - before)
        counted = max(counted, cache.store.size)
    mebibyte = 1024 * 1024
    figures = {
        "inserts": options.inserts,
        "bound, MiB": BOUND_BYTES / mebibyte,
        "counted at most, MiB": counted / mebibyte,
        "taken from the system at most, MiB": taken / mebibyte,
        "evictions": cache.store.evictions,
    }
    for name, figure in figures.items():
        print(f"{name:40}{figure:14,.1f}")
    missed = ["memory taken"] if taken > BOUND_BYTES * MOST else []
    return report.finish(options, figures, [*missed, *(["memory counted"] if counted > BOUND_BYTES else [])])


if __name__ == "__main__":
    sys.exit(main())
