"""A thread that writes to the database in batches, for threads that would wait for a commit each."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from time import monotonic
from typing import Final

from django.db import InterfaceError, OperationalError, connections

from framework.logs import get_logger

from .conf import LIMITS

RETRY_SECONDS: Final = 0.5
# A worker whose tasks start further apart than this is idle.
QUIET_SECONDS: Final = 0.02
HASTY_BATCHES: Final = 16

logger = get_logger(__name__)


class Lane[Entry]:
    """A thread that hands what is submitted to ``write``, in batches, until it succeeds.

    ``disconnect`` closes the connection that ``write`` uses, after an error and at the end. A busy lane may ``linger``,
    in seconds, so that more comes together; where so many ``threads`` wait for what they submit, only as long as it
    helps. Entries of the same ``subject`` go into batches
    of their own, since the ids that a batch changed do not tell them apart.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[Sequence[Entry]], set[str]],
        *,
        turn: AbstractContextManager[object],
        patience: float,
        disconnect: Callable[[], None] = connections.close_all,
        linger: float = 0.0,
        threads: int | None = None,
        subject: Callable[[Entry], object] = id,
    ) -> None:
        self._write = write
        self._turn = turn
        self._patience = patience
        self._disconnect = disconnect
        self._linger = linger
        self._threads = threads
        #: How many batches are written without lingering, which gained nothing.
        self._hasty = 0
        self._subject = subject
        self._writing = threading.Lock()
        self._written_at = 0.0
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

    def write(self, entry: Entry) -> set[str]:
        """Return the ids that the batch of ``entry`` changed; raises what ``write`` does.

        After a pause this is done in the caller's thread, on the connection of the lane: on the way of a task to an
        idle worker two changes of threads take as long as the statement. A busy one gains more from batches.
        """
        if monotonic() - self._written_at > QUIET_SECONDS and self._writing.acquire(blocking=False):
            try:
                with self._turn:
                    return self._write([entry])
            except (OperationalError, InterfaceError):
                # The thread of the lane is the one that has patience.
                self._disconnect()
            finally:
                self._written_at = monotonic()
                self._writing.release()
        return self.submit(entry).result()

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
            self._disconnect()

    def _next(self) -> "list[tuple[Entry, Future[set[str]]]]":
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._linger and monotonic() - self._written_at < QUIET_SECONDS:
                self._wait_for_more()
            batch = self._take()
            self._ended = not batch
        return batch

    def _wait_for_more(self) -> None:
        if self._hasty:
            self._hasty -= 1
            return
        there, complete = len(self._waiting), self._threads or LIMITS.journal
        self._changed.wait_for(lambda: len(self._waiting) >= complete or self._closed, self._linger)
        if self._threads and len(self._waiting) == there < complete:
            self._hasty = HASTY_BATCHES

    def _take(self) -> "list[tuple[Entry, Future[set[str]]]]":
        taken: list[tuple[Entry, Future[set[str]]]] = []
        left: list[tuple[Entry, Future[set[str]]]] = []
        subjects: set[object] = set()
        for each in self._waiting:
            subject = self._subject(each[0])
            if len(taken) == LIMITS.journal or subject in subjects:
                left.append(each)
            else:
                taken.append(each)
                subjects.add(subject)
        self._waiting = left
        return taken

    def _settle(self, batch: "list[tuple[Entry, Future[set[str]]]]") -> None:
        deadline = monotonic() + self._patience
        while True:
            try:
                with self._writing, self._turn:
                    changed = self._write([entry for entry, _ in batch])
                self._written_at = monotonic()
            except (OperationalError, InterfaceError) as error:
                self._disconnect()
                if monotonic() < deadline:
                    logger.warning("task_journal_waits", error=str(error).strip(), retry_seconds=RETRY_SECONDS)
                    threading.Event().wait(RETRY_SECONDS)
                    continue
                self._fail(batch, error)
            except Exception as error:  # noqa: BLE001 - handed on to whoever waits
                # A statement kept by the server may have been outdated by a migration.
                self._disconnect()
                if len(batch) > 1:
                    # One of them may be to blame, and no other may suffer for it.
                    for single in batch:
                        self._settle([single])
                else:
                    self._fail(batch, error)
            else:
                for _, future in batch:
                    future.set_result(changed)
            return

    @staticmethod
    def _fail(batch: "list[tuple[Entry, Future[set[str]]]]", error: Exception) -> None:
        for _, future in batch:
            future.set_exception(error)
