"""Rows carried by Dramatiq's Redis broker."""

from typing import Any

import redis
from dramatiq.brokers.redis import RedisBroker

from .durable import DurableBroker


class RedisOutboxBroker(DurableBroker, RedisBroker):
    """``BROKER_URL=redis://...``: Redis may forget everything, the rows are sent again."""

    def __init__(self, *, url: str, **options: Any) -> None:
        client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=10, health_check_interval=30)
        super().__init__(client=client, **options)  # type: ignore[no-untyped-call]  # untyped in Dramatiq

    def ping(self) -> None:
        """Ask Redis; raises ``redis.RedisError``."""
        self.client.ping()

    def close(self) -> None:
        """Close the connections."""
        super().close()
        self.client.close()
