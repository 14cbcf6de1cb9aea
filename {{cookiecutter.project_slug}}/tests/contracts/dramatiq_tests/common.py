"""What Dramatiq's tests import of the module ``common`` beside them, which its sdist leaves out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq
import pika


def runs_here(test: Callable[..., None]) -> Callable[..., None]:
    """Return ``test`` as it is, where Dramatiq's repository says when to leave it out: here it always runs."""
    return test


skip_on_pypy = skip_on_windows = skip_in_ci = skip_unless_rabbit_mq = runs_here
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
