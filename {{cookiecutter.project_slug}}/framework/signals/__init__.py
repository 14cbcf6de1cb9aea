"""Typed domain events and model lifecycle, under one kind of decorator.

``@event`` makes a frozen dataclass an event, ``@on`` connects a receiver: in the transaction (raising
vetoes it), ``after_commit=True`` (isolated, may be async), or ``durable=True`` (in a worker, survives any
crash after the commit). ``on_create``, ``on_update``, ``on_delete`` and ``on_change`` do the same for models,
with Django's own signals as the inlet. Receivers live in the ``receivers`` module of an application.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .batch import Batch as Batch, Operation as Operation, WatchedQuerySet as WatchedQuerySet
    from .catalogue import describe_receivers as describe_receivers
    from .change import UNKNOWN as UNKNOWN, Change as Change
    from .dispatch import aemit as aemit, emit as emit
    from .events import event as event
    from .exceptions import (
        InvalidReceiverError as InvalidReceiverError,
        OtherTransactionError as OtherTransactionError,
        StoredEventError as StoredEventError,
        TransactionRequiredError as TransactionRequiredError,
        UnknownEventError as UnknownEventError,
        UnknownReceiverError as UnknownReceiverError,
        UnserializableEventError as UnserializableEventError,
    )
    from .links import LinkChange as LinkChange
    from .model_receivers import (
        on_bulk as on_bulk,
        on_change as on_change,
        on_create as on_create,
        on_delete as on_delete,
        on_m2m as on_m2m,
        on_update as on_update,
    )
    from .receivers import Mode as Mode, on as on
    from .testing import (
        captured as captured,
        drain as drain,
        muted as muted,
        temporary_receivers as temporary_receivers,
    )
    from .upcasting import upcast as upcast
