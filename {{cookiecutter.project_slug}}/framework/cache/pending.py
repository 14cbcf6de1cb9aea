"""What a transaction will do to the cache once it commits.

It waits among the connection's own commit hooks, so a rollback, also one to a savepoint, forgets it.
"""

from collections.abc import Callable, Iterable
from typing import Final
from weakref import ref

from django.db import connections

#: What waits in any transaction of this process; empty nearly always, which is quickly seen.
waiting: "Final[set[ref[Pending]]]" = set()


class Pending:
    """An action on ``names`` that waits for the commit; ``owner`` tells one kind from another."""

    def __init__(self, owner: object, names: Iterable[str], action: Callable[[], None]) -> None:
        self.owner = owner
        self.names = frozenset(names)
        self._action = action

    def __call__(self) -> None:
        """Act; Django calls it after the commit."""
        self._action()


def in_transaction(database: str) -> bool:
    """Tell whether this thread is inside a transaction."""
    return connections[database].in_atomic_block


def after_commit(database: str, pending: Pending) -> None:
    """Act after the commit, or at once outside of a transaction."""
    if not in_transaction(database):
        # Not left to Django, which would open a connection to find that out.
        pending()
        return
    waiting.add(ref(pending, waiting.discard))
    connections[database].on_commit(pending, robust=True)


def waits(database: str, owner: object, names: Iterable[str] | None = None) -> bool:
    """Tell whether this thread's transaction has something waiting, for any of ``names`` if given.

    Costs next to nothing while no transaction of the process has.
    """
    if not waiting:
        return False
    connection = connections[database]
    return connection.in_atomic_block and any(
        isinstance(hook, Pending) and hook.owner == owner and (names is None or not hook.names.isdisjoint(names))
        for hook in (each[1] for each in connection.run_on_commit)
    )


def waits_anywhere(owner: object, names: Iterable[str]) -> bool:
    """Tell the same of this thread's transactions in all databases."""
    return bool(waiting) and any(waits(each, owner, names) for each in connections)
