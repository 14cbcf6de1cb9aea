"""From ``emit`` to the receivers.

In-transaction receivers run first and may veto. Durable ones become rows in the same transaction, all in
one INSERT. The rest runs after the commit, each by itself: what one raises is logged with its path, and with the
line that emitted the event.
"""

import asyncio
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

from asgiref.sync import AsyncToSync, async_to_sync, sync_to_async
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from framework.conf.environment import ROOT
from framework.errors import EventError
from framework.logs import bound_context, get_logger
from framework.tasks import enqueue_many
from framework.tasks.databases import other_transaction

from . import receivers
from .events import type_of
from .exceptions import OtherTransactionError, TransactionRequiredError
from .payload import encode
from .receivers import NOWHERE, Receiver, Route
from .testing import scope

MAX_CONCURRENT: Final = 16

#: The file and the line that emitted an event.
type _Origin = tuple[str, int]

logger = get_logger(__name__)


def emit(event: object) -> None:
    """Hand ``event`` to its receivers.

    Raises what an in-transaction receiver raises, :class:`UnknownEventError` for an object that is no
    event, :class:`UnserializableEventError` if a durable receiver's row cannot hold it,
    :class:`OtherTransactionError` where only another database has a transaction open, and
    :class:`TransactionRequiredError` where it has durable receivers, no transaction is open and
    ``EVENTS_OUTSIDE_TRANSACTION`` is ``refuse``.
    """
    route = _route(event)
    if route.awaited:
        _refuse_on_a_loop(event)
    if not (route.durable or route.after_commit or route.awaited):
        for function in route.in_transaction:
            function(event)
        return
    _require_own_transaction(event)
    origin = _origin_of(sys._getframe(1))
    if route.durable and not connection.in_atomic_block:
        _require_wrapping(event)
        # Otherwise the rows and what the receivers write would not share one fate.
        with transaction.atomic():
            _emit_now(event, route, origin)
    else:
        _emit_now(event, route, origin)
    if route.after_commit or route.awaited:
        _emit_later(event, route, origin)


async def aemit(event: object) -> None:
    """Hand ``event`` to its receivers from async code: the sync ones in one hop, the async ones on this loop.

    Django has no transactions on an event loop. In-transaction receivers and durable rows therefore get a
    transaction of their own, in a thread; only below ``async_to_sync`` do they join the caller's, and what
    runs after the commit waits for it. Raises what :func:`emit` raises.
    """
    route = _route(event)
    awaited, origin = route.awaited, _origin_of(sys._getframe(1))
    if _below_sync_code() or route.in_transaction or route.durable or route.after_commit:
        awaited = await sync_to_async(_emit_in_thread)(event, route, origin)
    if awaited:
        await _run_async(event, awaited, origin)


def _route(event: object) -> Route:
    kind = type(event)
    route = receivers.routes.get(kind)
    if route is None:
        type_of(kind)
        route = NOWHERE
    if (around := scope.get()) is not None:
        around.record(event)
        if around.mutes(kind):
            return NOWHERE
    return route


def _refuse_on_a_loop(event: object) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise EventError(
        f"{type(event).__qualname__} has async receivers, which emit() cannot await on a running event loop;"
        " write 'await aemit(...)'"
    )


def _require_own_transaction(event: object) -> None:
    if (other := other_transaction(DEFAULT_DB_ALIAS)) is not None:
        raise OtherTransactionError(
            f"{type(event).__qualname__} was emitted inside transaction.atomic(using={other!r}), and its receivers wait"
            f" for the commit of {DEFAULT_DB_ALIAS!r}: they would run although the other one is rolled back. Emit it"
            f" inside transaction.atomic() too, or with transaction.on_commit(..., using={other!r})"
        )


def _require_wrapping(event: object) -> None:
    if settings.CONFIG.events.outside_transaction == "refuse":
        raise TransactionRequiredError(
            f"{type(event).__qualname__} has durable receivers and was emitted outside a transaction, where a crash"
            " could part it from the work it tells of; emit it inside transaction.atomic()"
        )


def _origin_of(frame: FrameType) -> _Origin:
    return frame.f_code.co_filename, frame.f_lineno


def _shown(origin: _Origin) -> str:
    path = Path(origin[0])
    return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{origin[1]}"


def _emit_now(event: object, route: Route, origin: _Origin) -> None:
    for function in route.in_transaction:
        function(event)
    if route.durable:
        with bound_context(emitted_at=_shown(origin)):
            _store(event, route.durable)


def _emit_later(event: object, route: Route, origin: _Origin) -> None:
    transaction.on_commit(lambda: _run_after_commit(event, route, origin), robust=True)


def _below_sync_code() -> bool:
    # asgiref's own test for "a sync caller waits above"; that caller may hold a transaction open.
    waiting = getattr(AsyncToSync.executors, "current", None) is not None
    return waiting or asyncio.get_running_loop() in AsyncToSync.loop_thread_executors


def _emit_in_thread(event: object, route: Route, origin: _Origin) -> tuple[Receiver, ...]:
    """Do what is sync and return the receivers that are left to await."""
    _require_own_transaction(event)
    if connection.in_atomic_block:
        _emit_now(event, route, origin)
        _emit_later(event, route, origin)
        return ()
    if route.durable:
        _require_wrapping(event)
    if route.in_transaction or route.durable:
        with transaction.atomic():
            _emit_now(event, route, origin)
    _run_sync(event, route.after_commit, origin)
    return route.awaited


def _store(event: object, durable: tuple[Receiver, ...]) -> None:
    from .tasks import deliver

    kind, payload = type_of(type(event)), encode(event)
    messages = []
    for receiver in durable:
        message = deliver.message(kind.name, payload, receiver.name, kind.version)
        options: dict[str, Any] = {} if receiver.max_retries is None else {"max_retries": receiver.max_retries}
        messages.append(message.copy(queue_name=receiver.queue, options=options))
    enqueue_many(messages)


def _run_after_commit(event: object, route: Route, origin: _Origin) -> None:
    _run_sync(event, route.after_commit, origin)
    if route.awaited:
        async_to_sync(_run_async)(event, route.awaited, origin)


def _run_sync(event: object, after_commit: tuple[Receiver, ...], origin: _Origin) -> None:
    for receiver in after_commit:
        try:
            receiver.function(event)
        except Exception:
            logger.exception("receiver_failed", **_facts(event, receiver, origin))


def _facts(event: object, receiver: Receiver, origin: _Origin) -> dict[str, str]:
    name = type_of(type(event)).name
    return {"receiver": receiver.name, "event_name": name, "emitted_at": _shown(origin)}


async def _run_async(event: object, awaited: tuple[Receiver, ...], origin: _Origin) -> None:
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(MAX_CONCURRENT) if len(awaited) > MAX_CONCURRENT else None
    # Started at once and in declared order; one that never has to wait is done before the loop turns.
    tasks = [asyncio.Task(_await(receiver, event, origin, places), loop=loop, eager_start=True) for receiver in awaited]
    if waiting := [task for task in tasks if not task.done()]:
        await asyncio.gather(*waiting)


async def _await(receiver: Receiver, event: object, origin: _Origin, places: asyncio.Semaphore | None) -> None:
    if places is not None:
        async with places:
            return await _await(receiver, event, origin, None)
    try:
        await receiver.function(event)
    except Exception:
        logger.exception("receiver_failed", **_facts(event, receiver, origin))
