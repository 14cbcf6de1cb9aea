# /// script
# requires-python = ">=3.12"
# dependencies = ["huey[redis]==3.5.*"]
# ///
"""huey on Redis, two consumers of four threads; it pops a task before it runs, so a killed worker loses it."""

import os
import sys
from pathlib import Path

from huey import RedisHuey

from benchmarks.comparison import starts

huey = RedisHuey("benchmark", url=os.environ["BENCHMARK_REDIS_URL"], results=False)

send = huey.task()(starts.record)
hold = huey.task()(starts.record_and_hold)


def worker() -> list[list[str]]:
    """Return the commands of the workers."""
    consumer = str(Path(sys.executable).with_name("huey_consumer"))
    return [[consumer, "--workers", "4", "--worker-type", "thread", "--quiet", f"{__name__}.huey"]] * 2
