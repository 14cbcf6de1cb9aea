"""A worker process joins, shows that it lives, and leaves with nothing in its hands."""

import threading
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error, connections
from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

from framework.logs import get_logger
from framework.tasks.conf import LIMITS
from framework.tasks.journal import close_journal, open_journal
from framework.tasks.leases import leases
from framework.tasks.liveness import Liveness
from framework.tasks.running import worker_name

FLUSH_SECONDS: Final = 10.0
# A worker begins without a database too, and waits for it as it does later.
JOIN_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 0.5

logger = get_logger(__name__)


class Membership(Middleware):
    """Keeps the process in the table of workers and renews the leases of what it holds, every few seconds."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._joined = threading.Event()
        self._thread: threading.Thread | None = None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Open the journal and start the heartbeat, before the first task can start."""
        self._stopped.clear()
        self._joined.clear()
        open_journal(worker.worker_threads)
        self._thread = threading.Thread(target=self._run, args=(worker,), name="task-heartbeat", daemon=True)
        self._thread.start()
        self._joined.wait(JOIN_SECONDS)

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Write the last outcomes, hand back what did not finish within the grace time, and go."""
        from framework.tasks.membership import leave
        from framework.tasks.transitions import release_worker

        close_journal(FLUSH_SECONDS)
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(FLUSH_SECONDS)
        try:
            if handed_back := release_worker(worker_name()):
                logger.warning("tasks_handed_back", count=handed_back)
            leave(worker_name())
        except Error as error:
            logger.warning("tasks_not_handed_back", error=str(error).strip(), hint="they are found by the lock's end")

    def _run(self, worker: Worker) -> None:
        from framework.tasks.transitions import database

        liveness = Liveness(worker_name(), database())
        try:
            pause = 0.0
            while not self._stopped.wait(pause):
                pause = LIMITS.heartbeat.total_seconds() if self._beat(worker, liveness) else RETRY_SECONDS
        finally:
            liveness.release()

    def _beat(self, worker: Worker, liveness: Liveness) -> bool:
        from framework.tasks.membership import beat
        from framework.tasks.renewal import extend

        try:
            liveness.hold()
            queues = worker.consumer_whitelist or worker.broker.get_declared_queues()
            beat(worker_name(), queues=sorted(queues), threads=worker.worker_threads)
            if held := leases().held():
                leases().ask_to_stop(extend(held))
        except Error as error:
            logger.warning("task_heartbeat_failed", error=str(error).strip())
            connections.close_all()
            return False
        self._joined.set()
        _show_health(settings.CONFIG.tasks.worker_health_file)
        return True


def _show_health(path: Path | None) -> None:
    """Touch the file at ``path``; one that cannot be written must not end the heartbeat, which keeps the tasks."""
    if path is None:
        return
    try:
        path.touch()
    except OSError as error:
        logger.warning("health_file_not_written", error=str(error))
