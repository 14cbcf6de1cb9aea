"""Counting what a request asks of the database, the cache and threads, wherever its code runs."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from framework.cache.statistics import Reads, counting


@dataclass(slots=True)
class Measurement:
    """What a request cost so far; times in seconds, ``hops`` to its thread under ASGI."""

    started: float = field(default_factory=perf_counter)
    queries: int = 0
    database: float = 0.0
    templates: float = 0.0
    hops: int = 0
    #: How often each was run; kept where somebody wants to know.
    statements: Counter[str] | None = None
    is_rendering: bool = False
    cache: Reads = field(default_factory=Reads)


current: ContextVar[Measurement | None] = ContextVar("current_measurement", default=None)


def measured() -> AbstractContextManager[Measurement]:
    """Count into one measurement for the length of a block; a block inside another shares the outer one's."""
    outer = current.get()
    return resumed(Measurement()) if outer is None else nullcontext(outer)


class resumed:  # noqa: N801 - is called like a function, and takes half the time of a generator
    """Count into ``measurement`` again: what a stream asks comes after the middleware returned."""

    def __init__(self, measurement: Measurement) -> None:
        self._measurement = measurement

    def __enter__(self) -> Measurement:
        """Begin."""
        self._counting = counting(self._measurement.cache)
        self._counting.__enter__()
        self._token = current.set(self._measurement)
        return self._measurement

    def __exit__(self, *raised: object) -> None:
        """End."""
        current.reset(self._token)
        self._counting.__exit__()


@contextmanager
def unmeasured() -> Iterator[None]:
    """Count nothing in a block: what a process does for all requests is none's."""
    token = current.set(None)
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def rendering() -> Iterator[None]:
    """Count the time of a block as the templates'; a template inside of another counts once."""
    measurement = current.get()
    if measurement is None or measurement.is_rendering:
        yield
        return
    measurement.is_rendering = True
    started = perf_counter()
    try:
        yield
    finally:
        measurement.is_rendering = False
        measurement.templates += perf_counter() - started


def count_queries(connection: BaseDatabaseWrapper) -> None:
    """Make ``connection`` count its queries into the request that runs them."""
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


def _count(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    measurement = current.get()
    if measurement is None:
        return execute(sql, params, many, context)
    started = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        measurement.queries += 1
        if measurement.statements is not None:
            measurement.statements[str(sql)] += 1
        measurement.database += perf_counter() - started


def on_connection_created(sender: object, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Reach connections that are opened later, in threads of their own."""
    count_queries(connection)
