"""The thread of a request under ASGI: lent for the request, and kept for the next one."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from asgiref.sync import SyncToAsync

from .measure import current

#: Threads that wait for requests; more may be at work, and end with their request.
MOST_IDLE: Final = 64


class Threads:
    """Threads that run one call at a time each, the one that was used last first."""

    def __init__(self, most_idle: int = MOST_IDLE) -> None:
        self._most_idle = most_idle
        self._idle: list[ThreadPoolExecutor] = []
        self._lock = threading.Lock()

    def lend(self) -> ThreadPoolExecutor:
        """Return a thread that nobody uses."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")

    def take_back(self, thread: ThreadPoolExecutor) -> None:
        """Keep ``thread`` for another request, or let it end if enough wait already."""
        with self._lock:
            if len(self._idle) < self._most_idle:
                self._idle.append(thread)
                return
        thread.shutdown(wait=False)


threads: Final = Threads()


class RequestThread(Executor):
    """What ``sync_to_async`` calls in one request share, as ``ThreadSensitiveContext`` demands.

    Django lets it make a thread for each request that needs one. Here one is lent at the first call: none has to be
    started, and it still has its connections. Each call is counted as a hop of the request. ``enter`` is called in the
    thread before the first of them.
    """

    def __init__(self, threads: Threads = threads, *, enter: Callable[[], object] | None = None) -> None:
        self._threads = threads
        self._enter = enter
        self._thread: ThreadPoolExecutor | None = None
        self._last: Future[Any] | None = None

    @property
    def is_used(self) -> bool:
        """Whether the request has gone to a thread."""
        return self._thread is not None

    def submit[**P, T](self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run ``function`` in the request's thread."""
        if self._thread is None:
            self._thread = self._threads.lend()
            if self._enter is not None:
                self._thread.submit(self._enter)
        if (measurement := current.get()) is not None:
            measurement.hops += 1
        self._last = future = self._thread.submit(function, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Give the thread back; one that is still at work, for a task that outlives its request, ends with that."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._last is None or self._last.done():
            self._threads.take_back(thread)
        else:
            thread.shutdown(wait=False)


@contextmanager
def borrowed_thread(enter: Callable[[], object] | None = None) -> Iterator[RequestThread]:
    """Let ``sync_to_async`` use a borrowed thread for the length of a block inside a ``ThreadSensitiveContext``."""
    context, executors = SyncToAsync.thread_sensitive_context.get(), SyncToAsync.context_to_thread_executor
    thread = executors[context] = RequestThread(enter=enter)
    try:
        yield thread
    finally:
        # The context itself would start another thread to wait for the end of this one.
        executors.pop(context, None)
        thread.shutdown()
