"""What every log line of a request, and of the tasks it caused, says about where it comes from."""

from collections.abc import Callable
from contextvars import ContextVar

from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars, reset_contextvars
from structlog.typing import EventDict, WrappedLogger

from framework.text import told

# Asked when a line is written, since who somebody is may be found out late in a request, or never.
_find_user: ContextVar[Callable[[], str | None] | None] = ContextVar("find_user", default=None)


def bind_context(**values: str) -> None:
    """Add ``values`` to the context of this thread or asyncio task."""
    bind_contextvars(**values)


def clear_context() -> None:
    """Empty the context of this thread or asyncio task."""
    clear_contextvars()


# Two of these are around every request. Classes take half the time of generators.
class bound_context:  # noqa: N801 - is called like a function
    """Add ``values`` for the length of a block, and restore what was there before."""

    def __init__(self, **values: str) -> None:
        self._values = values

    def __enter__(self) -> None:
        """Begin."""
        self._tokens = bind_contextvars(**self._values)

    def __exit__(self, *raised: object) -> None:
        """End; a generator may be closed in another context, which never knew the values."""
        try:
            reset_contextvars(**self._tokens)
        except ValueError:
            return


class bound_user:  # noqa: N801 - is called like a function
    """Add ``user_id`` for the length of a block, from when ``find`` knows one; it must neither wait nor log."""

    def __init__(self, find: Callable[[], str | None]) -> None:
        self._find = find

    def __enter__(self) -> None:
        """Begin."""
        self._token = _find_user.set(self._find)

    def __exit__(self, *raised: object) -> None:
        """End; a generator may be closed in another context, which never knew the user."""
        try:
            _find_user.reset(self._token)
        except ValueError:
            return


def current_context() -> dict[str, str]:
    """Return a copy of the context."""
    return {name: told(value) for name, value in get_contextvars().items()} | _user()


def add_user(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the user into a line, unless it names one itself; a structlog processor."""
    user = _user()
    return {**user, **event} if user else event


def _user() -> dict[str, str]:
    find = _find_user.get()
    user = find() if find else None
    return {"user_id": user} if user is not None else {}
