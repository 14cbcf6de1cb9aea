"""What can go wrong with an event.

EventError
├── UnknownEventError          a stored event, or what was emitted, is no declared event
├── UnknownReceiverError       a stored receiver does not exist any more
├── InvalidReceiverError       a receiver that could never work is refused when it is declared
├── OtherTransactionError      the transaction that is open is not the one an event would belong to
├── StoredEventError           a stored event does not fit its class any more
├── TransactionRequiredError   a durable event was emitted outside a transaction, and that is to be refused
└── UnserializableEventError   a field of a durable event cannot be written as JSON
"""

from framework.errors import EventError


class UnknownEventError(EventError):
    """No event of this name is declared."""


class UnknownReceiverError(EventError):
    """No durable receiver of this name is declared."""


class InvalidReceiverError(EventError):
    """A receiver that would vanish or never be awaited."""


class StoredEventError(EventError):
    """The class changed, and what was stored before cannot be read as it."""


class OtherTransactionError(EventError):
    """An event was emitted inside the transaction of another database, whose rollback would not take it back."""


class TransactionRequiredError(EventError):
    """A durable event was emitted outside a transaction, under ``EVENTS_OUTSIDE_TRANSACTION=refuse``."""


class UnserializableEventError(EventError):
    """A field holds what JSON cannot."""
