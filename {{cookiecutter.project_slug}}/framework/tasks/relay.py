"""Committed rows on their way to Redis or RabbitMQ."""

from typing import Final

from dramatiq.errors import BrokerConnectionError

from framework.logs import get_logger

from .brokers.durable import DurableBroker
from .conf import LIMITS
from .outbox import to_message

BACKOFF_SECONDS: Final = 2.0

logger = get_logger(__name__)


class Relay:
    """Publishes due rows and keeps at most a window of them per queue in the broker.

    Any number of relays may run. A crash between claim and publish leaves rows that are sent again when
    their leases end; a broker that is away leaves them pending.
    """

    def __init__(self, broker: DurableBroker) -> None:
        self._broker = broker

    def poll(self) -> float:
        """Publish what is due; return how many seconds may pass until the next look."""
        published = 0
        for queue in sorted(self._broker.get_declared_queues()):
            try:
                published += self.publish(queue)
            except Exception as error:
                if not is_connection_error(error):
                    raise
                logger.warning("broker_unreachable", queue=queue, error=str(error), retry_seconds=BACKOFF_SECONDS)
                return BACKOFF_SECONDS
        return 0.0 if published else 1.0

    def publish(self, queue: str) -> int:
        """Publish due rows of ``queue`` as far as its window has room; return how many."""
        from .transitions import claim, in_broker, release

        tasks = claim(queue, LIMITS.window - in_broker(queue))
        for index, task in enumerate(tasks):
            try:
                self._broker.publish(to_message(task))
            except BaseException:
                release((str(left.id), left.generation) for left in tasks[index:])
                raise
        return len(tasks)


def is_connection_error(error: Exception) -> bool:
    """Tell whether ``error`` means that the broker cannot be reached just now."""
    import pika
    import redis

    kinds = (BrokerConnectionError, redis.RedisError, pika.exceptions.AMQPError, OSError, TimeoutError)
    return isinstance(error, kinds)
