"""``manage.py scheduler``: carry tasks to the broker, fire schedules, recover lost work."""

import signal
import time
from types import FrameType
from typing import Any, Final

import dramatiq
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connections
from django.utils.module_loading import autodiscover_modules

from framework.logs import get_logger
from framework.tasks.brokers.durable import DurableBroker
from framework.tasks.commits import commits
from framework.tasks.maintenance import Maintenance
from framework.tasks.relay import Relay
from framework.tasks.scheduler import Scheduler
from framework.tasks.transitions import database
from framework.tasks.wake import POLL_SECONDS
from framework.text import told

#: How soon a part is tried again whose trouble is its own.
FAILED_SECONDS: Final = 2.0

type Part = Scheduler | Maintenance | Relay

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
        maintenance = Maintenance()
        parts: list[Part] = [Scheduler(), maintenance, *([relay] if relay else [])]
        due = dict.fromkeys(parts, 0.0)
        #: Those whose last look failed; the others go on meanwhile.
        failed: set[Part] = set()
        self.stopping = False
        wake = news.any
        logger.info("scheduler_ready", broker=type(broker).__name__)
        while not self.stopping:
            seen = wake.version
            for part in parts:
                # A commit may have brought the relay something; the others go by the clock alone.
                if (part is relay and part not in failed) or due[part] <= time.monotonic():
                    due[part] = time.monotonic() + self._poll(part, failed)
            pause = max(0.0, min(due.values()) - time.monotonic())
            if pause:
                wake.wait(seen, pause)
        maintenance.close()
        broker.close()
        logger.info("scheduler_stopped")

    @staticmethod
    def _poll(part: Part, failed: set[Part]) -> float:
        """Let ``part`` do what is due; return how many seconds may pass until it looks again."""
        try:
            pause = part.poll()
        except (OperationalError, InterfaceError) as error:
            logger.warning("database_unreachable", error=told(error).strip(), retry_seconds=POLL_SECONDS)
            pause = POLL_SECONDS
        except Exception:
            logger.exception("scheduler_part_failed", part=type(part).__name__, retry_seconds=FAILED_SECONDS)
            pause = FAILED_SECONDS
        else:
            failed.discard(part)
            return pause
        failed.add(part)
        connections.close_all()
        return pause

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
