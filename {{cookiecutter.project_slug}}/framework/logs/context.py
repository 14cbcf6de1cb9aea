"""What every log line of a request, and of the tasks it caused, says about where it comes from."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars


def bind_context(**values: str) -> None:
    """Add ``values`` to the context of this thread or asyncio task."""
    bind_contextvars(**values)


def clear_context() -> None:
    """Empty the context of this thread or asyncio task."""
    clear_contextvars()


@contextmanager
def bound_context(**values: str) -> Iterator[None]:
    """Add ``values`` for the length of a block, and restore what was there before."""
    with bound_contextvars(**values):
        yield


def current_context() -> dict[str, str]:
    """Return a copy of the context."""
    return {name: str(value) for name, value in get_contextvars().items()}
