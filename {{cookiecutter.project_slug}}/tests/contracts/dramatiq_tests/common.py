"""What Dramatiq's tests import of the module ``common`` beside them, which its sdist leaves out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq
import pika
import pytest

skip_on_pypy = skip_on_windows = skip_in_ci = skip_unless_rabbit_mq = pytest.mark.skipif(
    condition=False, reason="runs anywhere"
)
RABBITMQ_USERNAME = RABBITMQ_PASSWORD = "guest"
RABBITMQ_CREDENTIALS = pika.PlainCredentials(RABBITMQ_USERNAME, RABBITMQ_PASSWORD)


@contextmanager
def worker(broker: dramatiq.Broker, **options: Any) -> Iterator[dramatiq.Worker]:
    """Yield a worker that runs."""
    running = dramatiq.Worker(broker, **options)
    running.start()
    try:
        yield running
    finally:
        running.stop()
