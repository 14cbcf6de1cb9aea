"""Actors that are coroutines: on the event loop all of them share, or in the transaction of their own task."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import dramatiq.asyncio
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connections
from dramatiq import Actor

from .middleware.event_loop import ExitError


def adopt(actor: Actor[..., Any], in_transaction: Callable[[], bool]) -> None:
    """Let a coroutine see usable connections, and belong to its thread's transaction while ``in_transaction()``.

    Dramatiq runs coroutines on one event loop, whose database calls have a thread and a connection of their own: what
    they write is committed at once, whatever becomes of the task.
    """
    function = _coroutine_of(actor)
    if function is None:
        return
    on_the_loop = dramatiq.asyncio.async_to_sync(_with_usable_connections(function))
    # Its database calls come back to the thread that waits for it.
    in_the_thread = async_to_sync(function)

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if in_transaction():
            return in_the_thread(*args, **kwargs)
        try:
            return on_the_loop(*args, **kwargs)
        except ExitError as passed:
            raise passed.error from None

    actor.fn = run


def _coroutine_of(actor: Actor[..., Any]) -> Callable[..., Any] | None:
    """Return the coroutine function that Dramatiq has wrapped; ``None`` for any other actor."""
    wrapper: Any = actor.fn
    if getattr(wrapper, "__globals__", None) is not vars(dramatiq.asyncio):
        return None
    function: Callable[..., Any] = wrapper.__wrapped__
    return function


def _with_usable_connections(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        await sync_to_async(_drop_unusable)()
        return await function(*args, **kwargs)

    return run


def _drop_unusable() -> None:
    """Close what the server has ended or an error broke, in the thread of the event loop's database calls."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
