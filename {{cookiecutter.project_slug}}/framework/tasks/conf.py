"""How the broker is built, from the typed configuration."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from framework.conf import TaskConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLimits:
    """Times and sizes that every process of a project must agree on."""

    # Longer than any pause of the interpreter short of a stuck C call, since a lost lease runs the task again.
    lease: timedelta = timedelta(seconds=30)
    heartbeat: timedelta = timedelta(seconds=5)
    # Rows handed to Redis or RabbitMQ per queue; the rest waits where priority, delay and cancelling work.
    window: int = 256
    message_bytes: int = 1024 * 1024
    retention: timedelta = timedelta(days=7)


LIMITS: Final = TaskLimits()

MIDDLEWARE: Final = (
    "framework.tasks.middleware.connections.DatabaseConnections",
    "framework.tasks.middleware.context.TaskContext",
    "framework.tasks.middleware.ledger.Ledger",
    "framework.tasks.middleware.retries.SafeRetries",
    "framework.tasks.middleware.shutdown.GracefulStop",
    "framework.tasks.middleware.heartbeat.Heartbeat",
    "dramatiq.middleware.AgeLimit",
    "dramatiq.middleware.TimeLimit",
    "dramatiq.middleware.ShutdownNotifications",
    "dramatiq.middleware.Callbacks",
    "dramatiq.middleware.Pipelines",
    "dramatiq.middleware.CurrentMessage",
    "dramatiq.middleware.AsyncIO",
)


def broker_settings(config: TaskConfig) -> dict[str, Any]:
    """Return django-dramatiq's ``DRAMATIQ_BROKER`` for the broker that ``BROKER_URL`` names."""
    url = config.broker_url.get_secret_value()
    options: dict[str, dict[str, Any]] = {
        "database": {},
        # Dramatiq's defaults give a killed worker's messages back after minutes, by chance.
        "redis": {"url": url, "heartbeat_timeout": 15_000, "maintenance_chance": 100_000},
        # Without confirms RabbitMQ drops what was in flight when it is killed.
        "rabbitmq": {"url": url, "confirm_delivery": True},
    }
    brokers = {
        "database": "framework.tasks.brokers.database.DatabaseBroker",
        "redis": "framework.tasks.brokers.redis.RedisOutboxBroker",
        "rabbitmq": "framework.tasks.brokers.rabbitmq.RabbitmqOutboxBroker",
    }
    return {"BROKER": brokers[config.broker], "OPTIONS": options[config.broker], "MIDDLEWARE": list(MIDDLEWARE)}
