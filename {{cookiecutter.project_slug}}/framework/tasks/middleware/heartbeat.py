"""A living process keeps its leases."""

import threading

from django.db import Error, connections
from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

from framework.logs import get_logger
from framework.tasks.conf import LIMITS
from framework.tasks.running import worker_name

logger = get_logger(__name__)


class Heartbeat(Middleware):
    """Renews the leases of this process in one UPDATE every few seconds."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Start the thread."""
        self._stopped.clear()
        threading.Thread(target=self._run, name="task-heartbeat", daemon=True).start()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Stop it."""
        self._stopped.set()

    def _run(self) -> None:
        from framework.tasks.transitions import extend

        while not self._stopped.wait(LIMITS.heartbeat.total_seconds()):
            try:
                extend(worker_name())
            except Error as error:
                logger.warning("task_heartbeat_failed", error=str(error))
            finally:
                connections.close_all()
