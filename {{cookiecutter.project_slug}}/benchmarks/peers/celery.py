# /// script
# requires-python = ">=3.12"
# dependencies = ["celery[redis]==5.7.*"]
# ///
"""Celery on Redis with its defaults; ``BENCHMARK_POOL`` is threads (two workers of four) or prefork (eight)."""

import os
import sys
from typing import Final

from celery import Celery

from benchmarks.comparison import starts

SHAPES: Final = {"threads": (2, 4), "prefork": (1, 8)}

app = Celery("benchmark", broker=os.environ["BENCHMARK_REDIS_URL"])
app.conf.broker_connection_retry_on_startup = True
app.conf.worker_cancel_long_running_tasks_on_connection_loss = False

send = app.task(starts.record).delay
hold = app.task(starts.record_and_hold).delay


def worker() -> list[list[str]]:
    """Return the commands of the workers."""
    pool = os.environ["BENCHMARK_POOL"]
    workers, slots = SHAPES[pool]
    celery = [sys.executable, "-m", "celery", "--app", f"{__name__}:app", "worker", "--loglevel", "WARNING"]
    return [
        [*celery, "--pool", pool, "--concurrency", str(slots), "--hostname", f"{number}@%h"]
        for number in range(workers)
    ]
