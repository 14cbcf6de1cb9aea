"""Events in tests and bulk loads; both live in a ContextVar, so that nothing leaks to other asyncio tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_muted: ContextVar[frozenset[type] | None] = ContextVar("muted_events", default=frozenset())
_captured: ContextVar[list[object] | None] = ContextVar("captured_events", default=None)


@contextmanager
def muted(*events: type) -> Iterator[None]:
    """Keep receivers of ``events`` from running inside the block; without arguments, those of all events."""
    before = _muted.get()
    token = _muted.set(None if not events or before is None else before | frozenset(events))
    try:
        yield
    finally:
        _muted.reset(token)


@contextmanager
def captured() -> Iterator[list[object]]:
    """Yield the list of events emitted inside the block, muted ones too; receivers run as ever."""
    events: list[object] = []
    token = _captured.set(events)
    try:
        yield events
    finally:
        _captured.reset(token)


def is_muted(event: type) -> bool:
    """Tell whether the receivers of ``event`` must not run here."""
    muted_here = _muted.get()
    return muted_here is None or event in muted_here


def record(event: object) -> None:
    """Add ``event`` to the list of the captured block around, if there is one."""
    if (events := _captured.get()) is not None:
        events.append(event)
