"""The tasks in this process's hands; its heartbeat renews the leases of exactly these."""

import os
import threading
from collections.abc import Iterable
from functools import cache


class Leases:
    """A set of task ids that threads may share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._unwanted: set[str] = set()

    def hold(self, task_ids: Iterable[str]) -> None:
        """Keep the leases of ``task_ids`` alive from now on."""
        with self._lock:
            self._held.update(task_ids)

    def drop(self, task_ids: Iterable[str]) -> None:
        """Let the leases of ``task_ids`` end."""
        with self._lock:
            self._held.difference_update(task_ids)
            self._unwanted &= self._held

    def held(self) -> set[str]:
        """Return a copy of what is held."""
        with self._lock:
            return set(self._held)

    def ask_to_stop(self, task_ids: Iterable[str]) -> None:
        """Note that somebody wants ``task_ids`` cancelled."""
        with self._lock:
            self._unwanted |= self._held & set(task_ids)

    def is_unwanted(self, task_id: str) -> bool:
        """Tell whether somebody wants the task cancelled."""
        return task_id in self._unwanted


@cache
def _leases(pid: int) -> Leases:
    return Leases()


def leases() -> Leases:
    """Return what this process holds."""
    return _leases(os.getpid())
