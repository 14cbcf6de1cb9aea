"""Taking in a message from outside once, however often it is delivered."""

from django.db import transaction

from .exceptions import NotInTransactionError


def claim_message(consumer: str, message_id: str) -> bool:
    """Return True for the first claim of ``message_id`` by ``consumer``, False for every later one.

    The claim belongs to the transaction that does the work: if that rolls back, the message may be claimed
    again. Raises :class:`NotInTransactionError` outside one.
    """
    from .models import InboxEntry
    from .transitions import database

    using = database()
    if not transaction.get_connection(using).in_atomic_block:
        raise NotInTransactionError(
            f"{consumer} claimed message {message_id!r} outside a transaction, where a crash would lose its work;"
            " do both inside transaction.atomic()"
        )
    _, created = InboxEntry.objects.using(using).get_or_create(consumer=consumer, message_id=message_id)
    return created
