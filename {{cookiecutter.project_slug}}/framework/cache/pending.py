"""What a transaction will outdate once it commits, and what it cannot see.

What waits stands among the connection's own commit hooks, so a rollback, also one to a savepoint, forgets it.
"""

from collections.abc import Callable, Iterable
from typing import Final
from weakref import ref

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: What waits in any transaction of this process; empty nearly always, which is quickly seen.
_waiting: "Final[set[ref[Pending]]]" = set()


class Pending:
    """An action on ``names`` that waits for the commit."""

    def __init__(self, names: Iterable[str], action: Callable[[], None]) -> None:
        self.names = frozenset(names)
        self._action = action

    def __call__(self) -> None:
        """Act; Django calls it after the commit."""
        self._action()


def after_commit(database: str, pending: Pending) -> None:
    """Act after the commit, or at once outside of a transaction."""
    if not connections[database].in_atomic_block:
        # Not left to Django, which would open a connection to find that out.
        pending()
        return
    _waiting.add(ref(pending, _waiting.discard))
    connections[database].on_commit(pending, robust=True)


def awaits_commit(names: Iterable[str]) -> bool:
    """Tell whether something waits for any of ``names`` in a transaction of this thread, in whichever database.

    Costs next to nothing while nothing waits in the process.
    """
    return bool(_waiting) and any(
        isinstance(hook, Pending) and not hook.names.isdisjoint(names)
        for alias in connections
        if connections[alias].in_atomic_block
        for hook in (each[1] for each in connections[alias].run_on_commit)
    )


def sees_a_snapshot() -> bool:
    """Tell whether a transaction of this thread may not see what others have committed since it began."""
    return any(_has_a_snapshot(connections[alias]) for alias in connections)


def _has_a_snapshot(connection: BaseDatabaseWrapper) -> bool:
    if not connection.in_atomic_block:
        return False
    if connection.vendor == "sqlite":
        # Who has the lock from the beginning on has seen the last commit, and there is none meanwhile.
        return getattr(connection, "transaction_mode", None) not in {"IMMEDIATE", "EXCLUSIVE"}
    level = getattr(connection, "isolation_level", None)
    return level is not None and level.name in {"REPEATABLE_READ", "SERIALIZABLE"}
