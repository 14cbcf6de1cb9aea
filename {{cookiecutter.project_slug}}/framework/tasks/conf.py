"""How the broker is built, from the typed configuration."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from framework.conf import TaskConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLimits:
    """Times and sizes that every process of a project must agree on."""

    # For hosts that vanish and processes that hang; a killed process is noticed at once by the lock it held.
    lease: timedelta = timedelta(seconds=60)
    heartbeat: timedelta = timedelta(seconds=3)
    # After this long a row that was published and not started is published again, if its queue looks empty.
    resend: timedelta = timedelta(seconds=10)
    # A row that the broker seems to hold for longer than this is published again in any case.
    longest_in_broker: timedelta = timedelta(minutes=10)
    # Rows handed to Redis or RabbitMQ per queue; the rest waits where priority, delay and cancelling work.
    window: int = 512
    # Rows claimed and published at a time.
    publish: int = 256
    # Outcomes written by one statement.
    journal: int = 100
    # Rows changed or deleted by one transaction of maintenance.
    batch: int = 1000
    # Rows that are counted of one state; of more only so much is told.
    counted: int = 10_000
    # Rows that lists are searched in, from the newest on.
    searched: int = 100_000
    message_bytes: int = 1024 * 1024
    # A callback is told the message it belongs to, and what became of it.
    callback_bytes: int = 4 * 1024 * 1024
    queue_name_characters: int = 100
    delay: timedelta = timedelta(days=3650)
    # An actor that no worker knows may be deployed later; after this long its tasks are dead.
    unknown_actor: timedelta = timedelta(days=1)
    retention: timedelta = timedelta(days=7)
    dead_retention: timedelta = timedelta(days=90)


LIMITS: Final = TaskLimits()

# The order of Dramatiq: "before" hooks run from the first to the last, "after" hooks from the last to the first.
MIDDLEWARE: Final = (
    "framework.tasks.middleware.connections.DatabaseConnections",
    "framework.tasks.middleware.context.TaskContext",
    "framework.tasks.middleware.membership.Membership",
    "framework.tasks.middleware.shutdown.GracefulStop",
    "framework.tasks.middleware.ledger.Ledger",
    "framework.tasks.middleware.throttling.Throttling",
    "framework.tasks.middleware.retries.SafeRetries",
    "dramatiq.middleware.AgeLimit",
    "framework.tasks.middleware.time_limit.TimeLimit",
    "dramatiq.middleware.ShutdownNotifications",
    "dramatiq.middleware.CurrentMessage",
    "framework.tasks.middleware.event_loop.LastingAsyncIO",
    "framework.tasks.middleware.workflows.Callbacks",
    "framework.tasks.middleware.workflows.Chains",
    "framework.tasks.middleware.workflows.Groups",
)


def broker_settings(config: TaskConfig, *, namespace: str) -> dict[str, Any]:
    """Return django-dramatiq's ``DRAMATIQ_BROKER`` for the broker that ``BROKER_URL`` names.

    ``namespace`` stands before its keys in Redis and its queues in RabbitMQ.
    """
    url = config.broker_url.get_secret_value()
    options: dict[str, dict[str, Any]] = {
        "database": {},
        "redis": {"url": url, "namespace": f"{namespace}:tasks"},
        # Without confirms RabbitMQ drops what was in flight when it is killed.
        "rabbitmq": {"url": url, "namespace": namespace, "confirm_delivery": True},
    }
    brokers = {
        "database": "framework.tasks.brokers.database.DatabaseBroker",
        "redis": "framework.tasks.brokers.redis.RedisOutboxBroker",
        "rabbitmq": "framework.tasks.brokers.rabbitmq.RabbitmqOutboxBroker",
    }
    return {"BROKER": brokers[config.broker], "OPTIONS": options[config.broker], "MIDDLEWARE": list(MIDDLEWARE)}
