"""Starts and outcomes of this process's tasks, as many in one statement as have come together.

Worker threads that write their own rows wait for a commit each, and on SQLite for one another's lock. Here
one thread writes the starts and one the outcomes, on SQLite one thread both, in one transaction; what arrives
while a statement runs goes into the next.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from operator import itemgetter
from typing import Any, Final

from django.db import DatabaseError, Error, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from framework.logs import get_logger
from framework.text import told

from .conf import LIMITS
from .exceptions import OutcomeRefusedError
from .failure import error_entry
from .lane import Lane
from .leases import leases
from .running import worker_name
from .turns import turn_for

# How long a busy worker collects outcomes; what is lost with it in this time runs again.
LINGER_SECONDS: Final = 0.005
# How long a busy worker waits for its other threads to have a task to start, too.
START_LINGER_SECONDS: Final = 0.002

logger = get_logger(__name__)


#: A start has an id and a generation; an outcome has a result, too.
type Entry = tuple[str, int] | tuple[str, int, Any]


def _write(entries: Sequence[Entry], connection: BaseDatabaseWrapper | None = None) -> set[str]:
    from .transitions import start_and_finish

    starts = [entry for entry in entries if len(entry) == 2]
    outcomes = [entry for entry in entries if len(entry) == 3]
    return start_and_finish(starts, outcomes, worker_name(), connection)


class Journal:
    """The lanes of a worker process with so many ``threads``."""

    def __init__(self, threads: int) -> None:
        from .renewal import note_progress
        from .transitions import database

        turn, is_sqlite = turn_for(database()), connections[database()].vendor == "sqlite"
        # The work is done: as long as the process lives, its outcome is worth another attempt.
        self._outcomes = Lane[Entry](
            "task-outcomes",
            _write,
            turn=turn,
            patience=float("inf"),
            linger=0.0 if is_sqlite else LINGER_SECONDS,
            subject=itemgetter(0),
        )
        self._starts = self._outcomes
        if not is_sqlite:
            # What has more than one lock for writing writes both at once.
            connection = connections.create_connection(database())
            connection.inc_thread_sharing()
            self._starts = Lane[Entry](
                "task-starts",
                partial(_write, connection=connection),
                disconnect=connection.close,
                turn=turn,
                patience=LIMITS.lease.total_seconds() / 2,
                linger=START_LINGER_SECONDS,
                threads=threads,
                subject=itemgetter(0),
            )
        self._progress = Lane[tuple[str, int, float, str]]("task-progress", note_progress, turn=turn, patience=0)

    def start(self, task_id: str, generation: int) -> bool:
        """sent → running; False when the hand-over is no longer valid. Raises ``django.db.Error``."""
        try:
            return task_id in self._starts.write((task_id, generation))
        except DatabaseError:
            raise
        except Exception as error:
            raise DatabaseError(str(error)) from error

    def finish(self, task_id: str, generation: int, result: Any) -> None:
        """running → done, soon; a broker may forget the message already, the row is what counts."""
        self._outcomes.submit((task_id, generation, result)).add_done_callback(
            lambda future: self._ended(task_id, generation, future)
        )

    def progress(self, entry: tuple[str, int, float, str]) -> None:
        """Show how far a task is, soon; a failure is of no consequence."""
        self._progress.submit(entry)

    def close(self, timeout: float) -> None:
        """Write what is left, for up to ``timeout`` seconds."""
        self._progress.close(timeout)
        self._outcomes.close(timeout)
        if self._starts is not self._outcomes:
            self._starts.close(timeout)

    @staticmethod
    def _ended(task_id: str, generation: int, future: "Future[set[str]]") -> None:
        leases().drop([task_id])
        if error := future.exception():
            logger.error("task_outcome_lost", task_id=task_id, error=told(error))
            if not isinstance(error, OperationalError | InterfaceError):
                _bury(task_id, generation, error)
        elif task_id not in future.result():
            logger.warning("task_result_discarded", task_id=task_id, reason="the lease was lost while the task ran")


def _bury(task_id: str, generation: int, error: BaseException) -> None:
    """End a task whose outcome the database refused: it ran, and to run it again would not make its outcome fit."""
    from .transitions import bury

    refused = OutcomeRefusedError(f"The task ran, and the database refused its outcome: {told(error)}")
    try:
        bury(task_id, generation, [error_entry(refused)])
    except Error as failure:
        logger.error("task_outcome_lost", task_id=task_id, error=told(failure), hint="its lease ends by itself")


_current: Journal | None = None


def open_journal(threads: int) -> None:
    """Begin to write in batches what so many threads do; called where a worker process begins."""
    global _current  # noqa: PLW0603 - one journal to a process
    _current = Journal(threads)


def close_journal(timeout: float) -> None:
    """Write what is left, for up to ``timeout`` seconds, and write directly again."""
    global _current
    journal, _current = _current, None
    if journal is not None:
        journal.close(timeout)


def current_journal() -> Journal | None:
    """Return the journal of this worker process; ``None`` outside one, where rows are written directly."""
    return _current
