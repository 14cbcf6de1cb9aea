"""What the cache costs: ``uv run python benchmarks/cache.py [--peers] [--json FILE] [--check]``.

Rounds take turns and the median is shown, in microseconds if nothing is said; compare ratios, not machines. Redis is a
server of its own on loopback, the database an SQLite file. ``--peers`` measures other libraries beside, which uv
installs; ``--check`` exits with status 1 when a goal is missed.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("ENVIRONMENT", "test")
# The stampede's processes have to open what this one sealed, too.
os.environ.setdefault("SECRET_KEY", "the key of a benchmark, which protects nothing at all")

from benchmarks import report
from benchmarks.comparison.environments import MissingPeerError
from benchmarks.overlay import in_overlay, rerun
from benchmarks.stores.configuration import PACKAGES, SMALL, STRUCTURE, TEXT, configure
from benchmarks.stores.hits import async_hits, microseconds
from benchmarks.stores.stampede import PEERS, SYSTEMS, stampede

VALUES: Final = {"small dict": SMALL, "10 KB structure": STRUCTURE, "10 KB str": TEXT}
NAMES: Final = {
    "ours, memory+redis": ("near-redis", 5_000),
    "ours, memory+database": ("near-database", 5_000),
    "ours, Redis alone": ("far-redis", 300),
    "ours, database alone": ("far-database", 300),
    "LocMemCache": ("locmem", 5_000),
    "django-redis": ("django-redis", 300),
    "Django RedisCache": ("django", 300),
    "Django DatabaseCache": ("django-database", 300),
}
STAMPEDES: Final = 3


def hits(*, with_peers: bool) -> dict[str, dict[str, float]]:
    """Return what a hit costs, by value and cache."""
    from django.core.cache import caches

    found = {}
    for label, value in VALUES.items():
        gets: dict[str, tuple[Callable[[], Any], int]] = {}
        for name, (alias, number) in NAMES.items():
            cache = caches[alias]
            # Some of them share a table, or a server.
            cache.set(f"key-{alias}", value, 3600)
            gets[name] = (partial(cache.get, f"key-{alias}"), number)
        if with_peers:
            from benchmarks.stores.memories import safe_memories

            gets |= {name: (get, 5_000) for name, get in safe_memories(value).items()}
        for name, (get, _) in gets.items():
            assert get() == get() == value, name
        found[label] = microseconds(gets)
    return found


def stampedes(folder: Path, url: str, *, with_peers: bool) -> dict[str, tuple[int, float]]:
    """Return loader calls and the slowest caller in seconds, the middle one of several runs, by system."""
    found = {}
    for system in (*SYSTEMS, *(PEERS if with_peers else ())):
        herds = sorted(stampede(system, folder, url) for _ in range(STAMPEDES))
        found[system] = (max(herd.calls for herd in herds), sorted(herd.slowest for herd in herds)[STAMPEDES // 2])
    return found


def tags(url: str, *, with_peers: bool) -> dict[str, float]:
    """Return what outdating ten thousand keys costs, in milliseconds, and our round trips."""
    from benchmarks.stores import tags as tagged

    spent, trips = tagged.ours()
    found = {"ours": spent, "round trips, ours": float(trips), "django-redis delete_pattern": tagged.delete_pattern()}
    if with_peers:
        found |= {"cashews delete_tags": tagged.cashews(url), "cacheops invalidate_model": tagged.cacheops(url)}
    return found


def goals(
    get: dict[str, dict[str, float]],
    awaited: dict[str, float],
    herds: dict[str, tuple[int, float]],
    tag: dict[str, float],
) -> list[tuple[str, float, float]]:
    """Return what is held against a goal: its name, the figure, and the most it may be."""
    small, text = get["small dict"], get["10 KB str"]
    rows = [
        ("memory hit, small dict, us", small["ours, memory+redis"], 2.0),
        ("memory hit, 10 KB str, us", text["ours, memory+redis"], 0.6),
        ("memory hit with coherence, embedded, us", small["ours, memory+database"], 2.5),
        ("async memory hit, us", awaited["async, ours, memory"], 3.0),
        ("Redis / django-redis", small["ours, Redis alone"] / small["django-redis"], 1.1),
        (
            "async Redis / redis.asyncio",
            awaited["async, ours, Redis"] / awaited["async, redis.asyncio"],
            1.2,
        ),
        ("database / DatabaseCache", small["ours, database alone"] / small["Django DatabaseCache"], 1.1),
        ("round trips of outdating 10,000 keys", tag["round trips, ours"], 2.0),
    ]
    for system in SYSTEMS[:2]:
        calls, slowest = herds[system]
        rows += [(f"loader calls of 4 x 50, {system}", calls, 1.0), (f"slowest caller, {system}, s", slowest, 0.2)]
    safe = [spent for name, spent in small.items() if name.endswith("pickle")]
    if safe:
        rows.append(("memory hit / the best safe memory", small["ours, memory+redis"] / min(safe), 1.5))
    return rows


def main() -> int:
    """Measure, print the tables, and compare with the goals."""
    parser = report.parser("Measure what the cache costs.")
    parser.add_argument("--peers", action="store_true", help="measure other libraries in the same run")
    options = parser.parse_args()
    if options.peers and not in_overlay():
        try:
            return rerun(sys.argv, PACKAGES)
        except MissingPeerError as error:
            sys.exit(f"The peers cannot be measured: {error}")
    from tests.patience import eventually
    from tests.unit.cache.servers import private_redis

    with tempfile.TemporaryDirectory() as name, private_redis(Path(name)) as server:
        folder = Path(name)
        configure(folder, server.url, with_peers=options.peers)
        from django.core.cache import caches
        from django.core.management import call_command

        from framework.cache.coherence.channel import stop_all

        call_command("migrate", "cache", verbosity=0)
        near: Any = caches["near-redis"]
        near.get("key")
        assert eventually(near.coherence.is_fresh)
        get = hits(with_peers=options.peers)
        awaited = async_hits(SMALL, server.url, with_peers=options.peers)
        herds = stampedes(folder, server.url, with_peers=options.peers)
        tag = tags(server.url, with_peers=options.peers)
        stop_all()
    rows = goals(get, awaited, herds, tag)
    show(get, awaited, herds, tag, rows)
    missed = [label for label, figure, most in rows if figure > most]
    figures = {"get": get, "aget": awaited, "stampede": herds, "tags": tag, "goals": {row[0]: row[1] for row in rows}}
    return report.finish(options, figures, missed)


def show(
    get: dict[str, dict[str, float]],
    awaited: dict[str, float],
    herds: dict[str, tuple[int, float]],
    tag: dict[str, float],
    rows: list[tuple[str, float, float]],
) -> None:
    """Print the tables."""
    print(f"{'a hit, us':40}" + "".join(f"{label:>26}" for label in get))
    for name in get["small dict"]:
        cells = (f"{taken[name]:14.2f} ({taken[name] / taken['LocMemCache']:6.2f} x)" for taken in get.values())
        print(f"{name:40}" + "".join(f"{cell:>26}" for cell in cells))
    for name, spent in awaited.items():
        print(f"{name:40}{spent:14.2f}")
    print(f"\n{'a cold key, 4 x 50 callers':40}{'loader calls':>14}{'slowest, s':>14}")
    for name, (calls, slowest) in herds.items():
        print(f"{name:40}{calls:14}{slowest:14.2f}")
    print(f"\n{'outdating 10,000 keys, ms':40}")
    for name, spent in tag.items():
        print(f"{name:40}{spent:14.2f}")
    print(f"\n{'goals':40}{'figure':>14}{'at most':>14}")
    for label, figure, most in rows:
        print(f"{label:40}{figure:14.2f}{most:14.2f}{'' if figure <= most else '  missed'}")


if __name__ == "__main__":
    sys.exit(main())
