"""Four processes of fifty threads want one key that is not there: ``python -m benchmarks.stores.stampede ...``."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

PROCESSES: Final = 4
THREADS: Final = 50
LOADER_SECONDS: Final = 0.1
SYSTEMS: Final = ("ours, memory+redis", "ours, memory+database", "Django RedisCache", "django-redis")
PEERS: Final = ("dogpile, distributed lock",)
_ALIASES: Final = {
    "ours, memory+redis": "near-redis",
    "ours, memory+database": "near-database",
    "Django RedisCache": "django",
    "django-redis": "django-redis",
}


class Herd(NamedTuple):
    """How often the loader was called, and the slowest caller, in seconds."""

    calls: int
    slowest: float


def stampede(system: str, folder: Path, url: str) -> Herd:
    """Let the herd loose on a key of ``system`` that nobody has."""
    log = folder / f"loads-{os.urandom(4).hex()}"
    log.touch()
    command = [sys.executable, "-m", "benchmarks.stores.stampede", system, str(folder), url, str(log), log.name]
    herd = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    for process in herd:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    # All at one moment.
    moment = f"{time.time() + 0.2}\n"
    for process in herd:
        assert process.stdin is not None
        process.stdin.write(moment)
        process.stdin.flush()
    slowest = [json.loads(process.communicate()[0].splitlines()[-1]) for process in herd]
    return Herd(len(log.read_bytes()), max(slowest))


def main(system: str, folder: str, url: str, log: str, key: str) -> None:
    """Be one process of the herd."""
    from benchmarks.stores.configuration import configure

    configure(Path(folder), url)

    def load() -> str:
        with Path(log).open("ab") as file:
            file.write(b".")
        time.sleep(LOADER_SECONDS)
        return "value"

    get = _getter(system, url, key, load)
    spent: list[float] = []
    threads = [threading.Thread(target=_ask, args=(get, spent)) for _ in range(THREADS)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    time.sleep(max(0.0, float(sys.stdin.readline()) - time.time()))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(max(spent)) + "\n")


def _ask(get: Callable[[], Any], spent: list[float]) -> None:
    from django.db import connections

    began = time.perf_counter()
    assert get() == "value"
    spent.append(time.perf_counter() - began)
    connections.close_all()


def _getter(system: str, url: str, key: str, load: Callable[[], str]) -> Callable[[], Any]:
    if system in _ALIASES:
        from django.core.cache import caches

        # The connection and the listener are no part of the stampede.
        caches[_ALIASES[system]].get("warm")
        time.sleep(0.3)
        return lambda: caches[_ALIASES[system]].get_or_set(key, load, 60)
    from dogpile.cache import make_region

    region = make_region().configure(
        "dogpile.cache.redis", arguments={"url": f"{url.removesuffix('/0')}/3", "distributed_lock": True}
    )
    return lambda: region.get_or_create(key, load, expiration_time=60)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("ENVIRONMENT", "test")
    main(*sys.argv[1:])
