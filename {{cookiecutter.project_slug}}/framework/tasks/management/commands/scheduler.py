"""``manage.py scheduler``: carry tasks to the broker, fire schedules, recover lost work."""

import signal
import time
from types import FrameType
from typing import Any

import dramatiq
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connections
from django.utils.module_loading import autodiscover_modules

from framework.logs import get_logger
from framework.tasks.brokers.durable import DurableBroker
from framework.tasks.commits import commits
from framework.tasks.maintenance import Maintenance
from framework.tasks.relay import Relay
from framework.tasks.scheduler import Scheduler
from framework.tasks.transitions import database
from framework.tasks.wake import POLL_SECONDS

logger = get_logger(__name__)


class Command(BaseCommand):
    """One loop, three parts; any number of these processes may run."""

    help = "Publish committed tasks, fire schedules and recover the work of dead processes, until stopped."

    def handle(self, **options: Any) -> None:
        """Run until SIGTERM or Ctrl-C."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        autodiscover_modules(*settings.DRAMATIQ_AUTODISCOVER_MODULES)
        broker = dramatiq.get_broker()
        news = commits(database())
        relay = Relay(broker, news.take_news) if isinstance(broker, DurableBroker) and broker.needs_relay else None
        parts: list[Scheduler | Maintenance | Relay] = [Scheduler(), Maintenance(), *([relay] if relay else [])]
        due = dict.fromkeys(parts, 0.0)
        self.stopping = False
        wake = news.any
        logger.info("scheduler_ready", broker=type(broker).__name__)
        while not self.stopping:
            seen = wake.version
            try:
                for part in parts:
                    # A commit may have brought the relay something; the others go by the clock alone.
                    if part is relay or due[part] <= time.monotonic():
                        due[part] = time.monotonic() + part.poll()
            except Error as error:
                logger.warning("database_unreachable", error=str(error).strip(), retry_seconds=POLL_SECONDS)
                connections.close_all()
                time.sleep(POLL_SECONDS)
            pause = max(0.0, min(due.values()) - time.monotonic())
            if pause:
                wake.wait(seen, pause)
        broker.close()
        logger.info("scheduler_stopped")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
