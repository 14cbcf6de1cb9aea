"""From ``emit`` to the receivers.

In-transaction receivers run first and may veto. Durable ones become rows in the same transaction, all in
one INSERT. The rest runs after the commit, each by itself: what one raises is logged with its path.
"""

import asyncio
from contextlib import nullcontext
from typing import Any, Final

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction

from framework.logs import get_logger
from framework.tasks import enqueue_many

from .events import encode, name_of, require_event
from .receivers import Mode, Receiver, receivers_of
from .testing import is_muted, record

MAX_CONCURRENT: Final = 16

logger = get_logger(__name__)


def emit(event: object) -> None:
    """Hand ``event`` to its receivers.

    Raises what an in-transaction receiver raises, :class:`UnknownEventError` for an object that is no
    event, and :class:`UnserializableEventError` if a durable receiver's row cannot hold it.
    """
    kind = type(event)
    require_event(event)
    record(event)
    if is_muted(kind):
        return
    durable = receivers_of(kind, Mode.DURABLE)
    # Outside a transaction the rows and what the receivers write would not share one fate.
    alone = bool(durable) and not transaction.get_connection().in_atomic_block
    with transaction.atomic() if alone else nullcontext():
        for receiver in receivers_of(kind, Mode.IN_TRANSACTION):
            receiver.function(event)
        if durable:
            _store(event, durable)
    if after := receivers_of(kind, Mode.AFTER_COMMIT):
        transaction.on_commit(lambda: _run_after_commit(event, after), robust=True)


async def aemit(event: object) -> None:
    """Hand ``event`` to its receivers from async code: the sync ones in one hop, the async ones on this loop.

    Django has no transactions on an event loop, so everything but the async receivers happens in a
    transaction of its own in a thread; the async ones run after it.
    """
    require_event(event)
    awaited = (
        ()
        if is_muted(type(event))
        else tuple(receiver for receiver in receivers_of(type(event), Mode.AFTER_COMMIT) if receiver.is_async)
    )
    await sync_to_async(_emit_sync)(event)
    await _run_async(event, awaited)


def _emit_sync(event: object) -> None:
    kind = type(event)
    record(event)
    if is_muted(kind):
        return
    with transaction.atomic():
        for receiver in receivers_of(kind, Mode.IN_TRANSACTION):
            receiver.function(event)
        if durable := receivers_of(kind, Mode.DURABLE):
            _store(event, durable)
    for receiver in receivers_of(kind, Mode.AFTER_COMMIT):
        if not receiver.is_async:
            _run(receiver, event)


def _store(event: object, receivers: tuple[Receiver, ...]) -> None:
    from .tasks import deliver

    name, payload = name_of(type(event)), encode(event)
    messages = []
    for receiver in receivers:
        message = deliver.message(name, payload, receiver.name)
        options: dict[str, Any] = {} if receiver.max_retries is None else {"max_retries": receiver.max_retries}
        messages.append(message.copy(queue_name=receiver.queue, options=options))
    enqueue_many(messages)


def _run_after_commit(event: object, receivers: tuple[Receiver, ...]) -> None:
    awaited = tuple(receiver for receiver in receivers if receiver.is_async)
    for receiver in receivers:
        if not receiver.is_async:
            _run(receiver, event)
    if awaited:
        async_to_sync(_run_async)(event, awaited)


def _run(receiver: Receiver, event: object) -> None:
    try:
        receiver.function(event)
    except Exception:
        logger.exception("receiver_failed", receiver=receiver.name, event_name=name_of(type(event)))


async def _run_async(event: object, receivers: tuple[Receiver, ...]) -> None:
    places = asyncio.Semaphore(MAX_CONCURRENT)

    async def run(receiver: Receiver) -> None:
        async with places:
            try:
                await receiver.function(event)
            except Exception:
                logger.exception("receiver_failed", receiver=receiver.name, event_name=name_of(type(event)))

    async with asyncio.TaskGroup() as group:
        for receiver in receivers:
            group.create_task(run(receiver))
