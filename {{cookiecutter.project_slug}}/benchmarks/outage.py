"""Redis hangs, dies and comes back while four processes use the cache.

    uv run python benchmarks/outage.py [--json FILE]

Each process stands for a host of its own, with memory in front of one Redis server. An exception in any of them ends
the run with status 1. Shown for each phase: calls; the slowest of those that need nothing but the cache; the share of
reads that found something; how long ago the oldest value that was read had been replaced; and, where the server comes
back, after how long reads found as much as usual.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("ENVIRONMENT", "test")
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ.setdefault("SECRET_KEY", "the key of a benchmark, which protects nothing at all")

import django
from django.conf import settings

from benchmarks import report
from tests.unit.cache.observer import Seen
from tests.unit.cache.servers import PrivateRedis, private_redis

OPERATIONS: Final = 30_000
PAUSE_SECONDS: Final = 0.0003
USUAL_SECONDS: Final = 3.0
FROZEN_SECONDS: Final = 3.0
GONE_SECONDS: Final = 3.0
#: Reads of so many seconds are looked at for recovery.
WINDOW_SECONDS: Final = 0.1
RECOVERED: Final = 0.8
RETURNS: Final = ("goes on", "back, empty")


class Phase(NamedTuple):
    """What happened from one moment on, in nanoseconds of the monotonic clock."""

    name: str
    began: int


def disturb(server: PrivateRedis, phases: list[Phase]) -> None:
    """Freeze the server, let it go on, kill it, and start it again, empty."""
    phases.append(Phase("as usual", time.monotonic_ns()))
    time.sleep(USUAL_SECONDS)
    phases.append(Phase("frozen", time.monotonic_ns()))
    with server.frozen():
        time.sleep(FROZEN_SECONDS)
    phases.append(Phase("goes on", time.monotonic_ns()))
    time.sleep(USUAL_SECONDS)
    phases.append(Phase("killed", time.monotonic_ns()))
    server.kill()
    time.sleep(GONE_SECONDS)
    server.start()
    phases.append(Phase("back, empty", time.monotonic_ns()))


def recovery(reads: Sequence[Seen], began: int, usual: float) -> float | None:
    """Return after how many seconds the share of hits was as usual again; ``None`` if it was not."""
    window = int(WINDOW_SECONDS * 1e9)
    last = max(read.began for read in reads)
    for start in range(began, last - window, window):
        of_window = [read for read in reads if start <= read.began < start + window]
        if of_window and _share(of_window) >= usual * RECOVERED:
            return (start - began) / 1e9
    return None


def _share(reads: Sequence[Seen]) -> float:
    return sum(read.value is not None for read in reads) / max(1, len(reads))


def main() -> int:
    """Run, and print what was seen."""
    options = report.parser("Use the cache while Redis hangs, dies and comes back.", has_goals=False).parse_args()
    with tempfile.TemporaryDirectory() as name, private_redis(Path(name)) as server:
        folder = Path(name)
        settings.DATABASES["default"]["NAME"] = str(folder / "benchmark.sqlite3")
        django.setup()
        from django.core.management import call_command

        from framework.cache.coherence.channel import stop_all
        from tests.unit.cache.observing import ages, observe, on_hosts

        call_command("migrate", verbosity=0)
        phases: list[Phase] = []
        thread = threading.Thread(target=disturb, args=(server, phases))
        thread.start()
        logs = observe(folder, on_hosts(folder, server.url, redis_timeout=0.1), OPERATIONS, PAUSE_SECONDS)
        thread.join()
        stop_all()
        logs = [seen for seen in logs if seen.kind != "echo"]
        stale = list(ages(logs))
    figures = {}
    ends = [phase.began for phase in phases[1:]] + [max(seen.ended for seen in logs)]
    usual = 0.0
    print(f"{'':14}{'calls':>9}{'slowest, ms':>13}{'found':>8}{'oldest, ms':>12}{'recovered, s':>14}")
    for phase, end in zip(phases, ends, strict=True):
        of_phase = [seen for seen in logs if phase.began <= seen.began < end]
        reads = [seen for seen in of_phase if seen.kind == "read" and seen.subject.startswith("key")]
        # Without those that write to the database, too, and wait for one another there.
        of_cache = [seen for seen in of_phase if seen.subject.startswith("key")]
        slowest = max((seen.ended - seen.began for seen in of_cache), default=0) / 1e6
        oldest = max((age for age, read in stale if phase.began <= read.began < end), default=0) / 1e6
        usual = usual or _share(reads)
        took = recovery(reads, phase.began, usual) if reads and phase.name in RETURNS else None
        row = {
            "calls": len(of_phase),
            "slowest_ms": slowest,
            "found": _share(reads),
            "oldest_ms": oldest,
            "recovered_s": took,
        }
        figures[phase.name] = row
        shown = "" if took is None else f"{took:.1f}"
        print(f"{phase.name:14}{len(of_phase):9}{slowest:13.1f}{_share(reads):8.0%}{oldest:12.1f}{shown:>14}")
    return report.finish(options, figures)


if __name__ == "__main__":
    sys.exit(main())
