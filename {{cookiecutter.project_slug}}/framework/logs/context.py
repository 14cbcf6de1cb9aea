"""What every log line of a request, and of the tasks it caused, says about where it comes from."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars
from structlog.typing import EventDict, WrappedLogger

# Asked when a line is written, since who somebody is may be found out late in a request, or never.
_find_user: ContextVar[Callable[[], str | None] | None] = ContextVar("find_user", default=None)


def bind_context(**values: str) -> None:
    """Add ``values`` to the context of this thread or asyncio task."""
    bind_contextvars(**values)


def clear_context() -> None:
    """Empty the context of this thread or asyncio task."""
    clear_contextvars()


def bound_context(**values: str) -> AbstractContextManager[None]:
    """Add ``values`` for the length of a block, and restore what was there before."""
    return bound_contextvars(**values)


@contextmanager
def bound_user(find: Callable[[], str | None]) -> Iterator[None]:
    """Add ``user_id`` for the length of a block, from when ``find`` knows one; it must neither wait nor log."""
    token = _find_user.set(find)
    try:
        yield
    finally:
        _find_user.reset(token)


def current_context() -> dict[str, str]:
    """Return a copy of the context."""
    return {name: str(value) for name, value in get_contextvars().items()} | _user()


def add_user(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the user into a line, unless it names one itself; a structlog processor."""
    user = _user()
    return {**user, **event} if user else event


def _user() -> dict[str, str]:
    find = _find_user.get()
    user = find() if find else None
    return {"user_id": user} if user is not None else {}
