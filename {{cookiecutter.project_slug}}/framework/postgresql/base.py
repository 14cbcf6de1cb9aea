"""The connection of one thread."""

import sys
import threading
from typing import Any

from django.db.backends.postgresql import base

from . import pool_closed
from .patience import Driver, PatientConnection


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose connection goes back to the pool when the thread ends that has borrowed it.

    Django gives it back at the end of a request, and our worker at the end of a task; a thread that somebody else
    starts, such as one of a ``ThreadPoolExecutor``, would keep its place in the pool for ever.

    Its statements end when the server is gone; see ``patience``.
    """

    Database = Driver()  # type: ignore[assignment]  # the stubs want a module

    @property
    def pool(self) -> Any:
        """The pool of this process; ``None`` without one."""
        if isinstance(options := self.settings_dict["OPTIONS"].get("pool"), dict):
            options.setdefault("connection_class", PatientConnection)
        return super().pool

    def close_pool(self) -> None:
        """Close the pool, and let others close what they have beside it."""
        super().close_pool()
        pool_closed.send(type(self), using=self.alias)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Borrow a connection until this thread ends or closes it."""
        connection = super().get_new_connection(conn_params)
        if not self.allow_thread_sharing:
            _thread.end.borrowers[self.alias] = self
        return connection


class _End:
    """Goes with its thread; nothing else refers to it."""

    def __init__(self) -> None:
        self.borrowers: dict[str, DatabaseWrapper] = {}

    def __del__(self) -> None:
        if sys.is_finalizing():
            return
        for wrapper in self.borrowers.values():
            owner: Any = wrapper
            # It may have been closed, or handed to another thread.
            if owner.connection is not None and owner._thread_ident == threading.get_ident():
                owner.close()


class _Thread(threading.local):
    def __init__(self) -> None:
        self.end = _End()


_thread = _Thread()
