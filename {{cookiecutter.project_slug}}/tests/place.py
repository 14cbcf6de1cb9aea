"""A place of its own for each test process, of one run or of several: a folder, a database, numbers on a shared Redis.

Places are numbered from 0. A process has the lowest one that no living process has: the lock on its file ends with
the process, however that ends, and whoever comes next finds the place free and clears what was left there.
"""

import os
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.core.files import locks

from framework.conf.environment import ROOT

FOLDER: Final = ROOT / "var" / "tests"
# The cache and the broker may have neighbouring databases of one Redis.
REDIS_DATABASES: Final = 2


def take(folder: Path = FOLDER) -> int:
    """Return the number of a place that from now on is this process's own."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in count():
        # Open for as long as the process lives: what is closed is no longer locked.
        descriptor = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT)
        if locks.lock(descriptor, locks.LOCK_EX | locks.LOCK_NB):
            return number
        os.close(descriptor)
    raise AssertionError("there is always another number")


def environment(number: int) -> dict[str, str]:
    """Return the variables that lead the project to place ``number``."""
    found = {"STATE_DIR": str(FOLDER / str(number))}
    for name in ("REDIS_URL", "BROKER_URL"):
        # A process of pytest-xdist inherits what the one that started it was led to.
        given = os.environ.get(f"GIVEN_{name}", os.environ.get(name, ""))
        if given.startswith("redis"):
            found |= {f"GIVEN_{name}": given, name: _moved(given, number * REDIS_DATABASES)}
    return found


def _moved(url: str, by: int) -> str:
    parts = urlsplit(url)
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) + by}").geturl()
