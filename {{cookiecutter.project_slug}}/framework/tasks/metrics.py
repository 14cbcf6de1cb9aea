"""The queues as Prometheus gauges (https://prometheus.io/docs/instrumenting/exposition_formats/), out of the rows.

Asked of the database and not counted in processes, so that they are right whoever is asked, and after a restart.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .statistics import stats, worker_stats


class TaskCollector(Collector):
    """Tasks by queue and state, the age of the oldest one that is due, and the workers: nine statements a scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        found = stats()
        tasks = GaugeMetricFamily(
            "tasks", "Tasks by queue and state, counted to 10,000 of a state.", labels=["queue", "state"]
        )
        for queue, counts in sorted(found.queues.items()):
            for state, count in sorted(counts.items()):
                tasks.add_metric([queue, state], count)
        yield tasks
        paused = GaugeMetricFamily("tasks_queue_paused", "1 for a queue that hands out nothing.", labels=["queue"])
        for queue in sorted({*found.queues, *found.paused}):
            paused.add_metric([queue], queue in found.paused)
        yield paused
        yield GaugeMetricFamily(
            "tasks_oldest_pending_seconds",
            "How long the task that has been due longest waits; 0 when none does.",
            value=found.oldest_pending_seconds or 0,
        )
        threads = GaugeMetricFamily("tasks_worker_threads", "Threads of each worker process.", labels=["worker"])
        running = GaugeMetricFamily("tasks_worker_running", "Tasks that each worker process runs.", labels=["worker"])
        for worker in worker_stats():
            threads.add_metric([worker.name], worker.threads)
            running.add_metric([worker.name], worker.running)
        yield threads
        yield running


def prometheus_metrics() -> bytes:
    """Return the gauges as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(TaskCollector())
    return generate_latest(registry)
