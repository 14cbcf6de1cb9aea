"""Work in a thread that nobody has to wait for."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from django.db import connections


def in_daemon_thread[T](function: Callable[[], T], *, name: str) -> "Future[T]":
    """Call ``function`` in a thread of its own and return its future; the thread's database connections end with it.

    The thread is a daemon, unlike an executor's: a process can end while a server keeps it waiting.
    """
    future: Future[T] = Future()
    threading.Thread(target=_run, args=(future, function), name=name, daemon=True).start()
    return future


def _run[T](future: "Future[T]", function: Callable[[], T]) -> None:
    try:
        future.set_result(function())
    except Exception as error:  # noqa: BLE001 - handed on to whoever waits
        future.set_exception(error)
    finally:
        connections.close_all()
