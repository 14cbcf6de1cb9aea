"""Which transaction a task belongs to: the one of the database its row is in, and no other."""

from django.db import connections

from .exceptions import OtherDatabaseError


def other_transaction(using: str) -> str | None:
    """Return the alias of a database with an open transaction while ``using`` has none; ``None`` otherwise.

    What is written to ``using`` then is committed at once, and stays when the other one is rolled back.
    """
    if connections[using].in_atomic_block:
        return None
    return next((other.alias for other in connections.all(initialized_only=True) if other.in_atomic_block), None)


def require_own_transaction(using: str, actor: str) -> None:
    """Raise :class:`OtherDatabaseError` where a task of ``actor`` would outlast the rollback of what it belongs to."""
    if (other := other_transaction(using)) is not None:
        raise OtherDatabaseError(
            f"{actor} was sent inside transaction.atomic(using={other!r}), and tasks are kept in {using!r}: it would"
            f" outlast a rollback. Send it inside transaction.atomic(using={using!r}) too, or after the commit, with"
            f" transaction.on_commit(..., using={other!r})"
        )
