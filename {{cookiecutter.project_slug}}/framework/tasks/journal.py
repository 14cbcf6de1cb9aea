"""Starts and outcomes of this process's tasks, as many in one statement as have come together.

Worker threads that write their own rows wait for a commit each, and on SQLite for one another's lock. Here
one thread writes the starts and one the outcomes; what arrives while a statement runs goes into the next.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError, connections

from framework.logs import get_logger

from .conf import LIMITS
from .leases import leases
from .running import worker_name
from .turns import turn_for

RETRY_SECONDS: Final = 0.5

logger = get_logger(__name__)


class Lane[Entry]:
    """A thread that hands what is submitted to ``write``, in batches, until it succeeds."""

    def __init__(
        self,
        name: str,
        write: Callable[[Sequence[Entry]], set[str]],
        *,
        turn: AbstractContextManager[object],
        patience: float,
    ) -> None:
        self._write = write
        self._turn = turn
        self._patience = patience
        self._changed = threading.Condition()
        self._waiting: list[tuple[Entry, Future[set[str]]]] = []
        self._closed = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, entry: Entry) -> "Future[set[str]]":
        """Return a future of the ids that the batch of ``entry`` changed."""
        future: Future[set[str]] = Future()
        with self._changed:
            if self._ended:
                future.set_exception(InterfaceError("The journal is closed."))
            else:
                self._waiting.append((entry, future))
                self._changed.notify()
        return future

    def close(self, timeout: float) -> None:
        """Write what is left, for up to ``timeout`` seconds, and end the thread."""
        with self._changed:
            self._closed = True
            self._patience = min(self._patience, timeout)
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while batch := self._next():
                self._settle(batch)
        finally:
            connections.close_all()

    def _next(self) -> "list[tuple[Entry, Future[set[str]]]]":
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            batch, self._waiting = self._waiting[: LIMITS.journal], self._waiting[LIMITS.journal :]
            self._ended = not batch
        return batch

    def _settle(self, batch: "list[tuple[Entry, Future[set[str]]]]") -> None:
        deadline = monotonic() + self._patience
        while True:
            try:
                with self._turn:
                    changed = self._write([entry for entry, _ in batch])
            except (OperationalError, InterfaceError) as error:
                connections.close_all()
                if monotonic() < deadline:
                    logger.warning("task_journal_waits", error=str(error).strip(), retry_seconds=RETRY_SECONDS)
                    threading.Event().wait(RETRY_SECONDS)
                    continue
                self._fail(batch, error)
            except Exception as error:  # noqa: BLE001 - handed on to whoever waits
                # A statement kept by the server may have been outdated by a migration.
                connections.close_all()
                self._fail(batch, error)
            else:
                for _, future in batch:
                    future.set_result(changed)
            return

    @staticmethod
    def _fail(batch: "list[tuple[Entry, Future[set[str]]]]", error: Exception) -> None:
        for _, future in batch:
            future.set_exception(error)


class Journal:
    """The lanes of a worker process."""

    def __init__(self) -> None:
        from .renewal import note_progress
        from .transitions import database, finish, start

        turn = turn_for(database())
        self._starts = Lane[tuple[str, int]](
            "task-starts",
            lambda held: start(held, worker_name()),
            turn=turn,
            patience=LIMITS.lease.total_seconds() / 2,
        )
        # The work is done: as long as the process lives, its outcome is worth another attempt.
        self._outcomes = Lane[tuple[str, int, Any]]("task-outcomes", finish, turn=turn, patience=float("inf"))
        self._progress = Lane[tuple[str, int, float, str]]("task-progress", note_progress, turn=turn, patience=0)

    def start(self, task_id: str, generation: int) -> bool:
        """sent → running; False when the hand-over is no longer valid. Raises ``django.db.Error``."""
        try:
            return task_id in self._starts.submit((task_id, generation)).result()
        except DatabaseError:
            raise
        except Exception as error:
            raise DatabaseError(str(error)) from error

    def finish(self, task_id: str, generation: int, result: Any) -> None:
        """running → done, soon; a broker may forget the message already, the row is what counts."""
        self._outcomes.submit((task_id, generation, result)).add_done_callback(
            lambda future: self._ended(task_id, future)
        )

    def progress(self, entry: tuple[str, int, float, str]) -> None:
        """Show how far a task is, soon; a failure is of no consequence."""
        self._progress.submit(entry)

    def close(self, timeout: float) -> None:
        """Write what is left, for up to ``timeout`` seconds."""
        self._progress.close(timeout)
        self._outcomes.close(timeout)
        self._starts.close(timeout)

    @staticmethod
    def _ended(task_id: str, future: "Future[set[str]]") -> None:
        leases().drop([task_id])
        if error := future.exception():
            logger.error("task_outcome_lost", task_id=task_id, error=str(error), hint="the task will run again")
        elif task_id not in future.result():
            logger.warning("task_result_discarded", task_id=task_id, reason="the lease was lost while the task ran")


_current: Journal | None = None


def open_journal() -> None:
    """Begin to write in batches; called where a worker process begins."""
    global _current  # noqa: PLW0603 - one journal to a process
    _current = Journal()


def close_journal(timeout: float) -> None:
    """Write what is left, for up to ``timeout`` seconds, and write directly again."""
    global _current
    journal, _current = _current, None
    if journal is not None:
        journal.close(timeout)


def current_journal() -> Journal | None:
    """Return the journal of this worker process; ``None`` outside one, where rows are written directly."""
    return _current
