"""When each task started: lines of 30 bytes that tasks append to the file ``BENCHMARK_STARTS``.

Imported by tasks in the environments of the peers: nothing but the standard library here.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

VARIABLE: Final = "BENCHMARK_STARTS"
LINE_BYTES: Final = 30
HOLD_SECONDS: Final = 500  # longer than anybody waits for a redelivery, shorter than Dramatiq's time limit
PAUSE_SECONDS: Final = 0.02

type Starts = dict[int, list[int]]


def record(index: int) -> None:
    """Say that task ``index`` starts now; one append, which the kernel keeps whole."""
    os.write(_descriptor(), f"{index:09} {time.time_ns():019}\n".encode())


def record_and_hold(index: int) -> None:
    """Say that task ``index`` starts now, and keep on running."""
    record(index)
    time.sleep(HOLD_SECONDS)


@cache
def _descriptor() -> int:
    return os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def read(path: Path) -> Starts:
    """Return the nanoseconds since the epoch at which each task started, however often it did."""
    found: Starts = defaultdict(list)
    content = path.read_bytes()
    # A line that crosses a page may be seen half written.
    for line in content[: len(content) // LINE_BYTES * LINE_BYTES].splitlines():
        index, started = line.split()
        found[int(index)].append(int(started))
    return found


def wait(path: Path, enough: Callable[[Starts], bool], *, lines: int, seconds: float) -> bool:
    """Return once ``enough(starts)``, or ``False`` after ``seconds``; the file is read when it has ``lines``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and path.stat().st_size >= LINE_BYTES * lines and enough(read(path)):
            return True
        time.sleep(PAUSE_SECONDS)
    return False
