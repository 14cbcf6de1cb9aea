# /// script
# requires-python = ">=3.12"
# dependencies = ["dramatiq[redis,rabbitmq]==2.2.*"]
# ///
"""Plain Dramatiq with its defaults, on Redis or RabbitMQ as ``BENCHMARK_BROKER`` says."""

import os
import sys

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker

from benchmarks.comparison import starts

if os.environ["BENCHMARK_BROKER"] == "redis":
    dramatiq.set_broker(RedisBroker(url=os.environ["BENCHMARK_REDIS_URL"]))
else:
    dramatiq.set_broker(RabbitmqBroker(url=os.environ["BENCHMARK_RABBITMQ_URL"]))


work = dramatiq.actor(queue_name="benchmark")(starts.record)
work_long = dramatiq.actor(queue_name="benchmark")(starts.record_and_hold)
send, hold = work.send, work_long.send


def worker() -> list[list[str]]:
    """Return the command of the workers."""
    return [[sys.executable, "-m", "dramatiq", "--processes", "2", "--threads", "4", __name__]]
