# /// script
# requires-python = ">=3.12"
# dependencies = ["rq==3.0.*"]
# ///
"""rq: eight processes that run tasks themselves, since it has no threads and a fork per task is far slower."""

import os
import sys
from pathlib import Path

from redis import Redis
from rq import Queue

from benchmarks.comparison import starts

queue = Queue("benchmark", connection=Redis.from_url(os.environ["BENCHMARK_REDIS_URL"]))


def send(index: int) -> None:
    """Enqueue a short task."""
    queue.enqueue(starts.record, index)


def hold(index: int) -> None:
    """Enqueue a long task."""
    queue.enqueue(starts.record_and_hold, index, job_timeout=2 * starts.HOLD_SECONDS)


def worker() -> list[list[str]]:
    """Return the command of the workers."""
    rq = [str(Path(sys.executable).with_name("rq")), "worker-pool", "--quiet", "--num-workers", "8"]
    return [[*rq, "--worker-class", "rq.worker.SimpleWorker", "--url", os.environ["BENCHMARK_REDIS_URL"], queue.name]]
