"""Evenly spaced moments, booked ahead: for what an outside service takes so often and no more."""

from datetime import timedelta

from django.db import transaction

from .exceptions import NotInTransactionError


def reserve_slot(key: str, interval: timedelta) -> timedelta:
    """Book the next free moment of ``key``, ``interval`` after the one before, and return how long until then.

    Everybody who books waits for the caller's transaction, so book in a short one: in an actor with ``atomic=True``
    that sends the task which does the work with this delay. Raises :class:`NotInTransactionError` outside one.
    """
    from .clock import present
    from .throttle import locked
    from .transitions import database

    using = database()
    if not transaction.get_connection(using).in_atomic_block:
        raise NotInTransactionError(
            f"The slot of {key!r} was booked outside a transaction, so that a crash would leave it unused;"
            " book it in the one that sends the task"
        )
    throttle = locked(key, using)
    moment = present(using)
    slot = max(moment, throttle.next_at or moment)
    throttle.next_at = slot + interval
    throttle.save(using=using, update_fields=["next_at"])
    return slot - moment
