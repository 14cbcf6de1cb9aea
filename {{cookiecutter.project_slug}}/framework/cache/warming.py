"""Results that are computed before anybody asks for them: ``manage.py cache warm``."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from asgiref.sync import async_to_sync

from .async_decorator import AsyncCachedFunction
from .kept_function import KeptFunction

type Calls = Callable[[], Iterable[tuple[Any, ...]]]

_warmed: dict[str, tuple[KeptFunction[..., Any], Calls]] = {}


def warms(function: KeptFunction[..., Any]) -> Callable[[Calls], Calls]:
    """Declare that what the decorated function yields, tuples of arguments, are calls of ``function`` to make ready."""

    def declare(calls: Calls) -> Calls:
        _warmed[f"{calls.__module__}.{calls.__qualname__}"] = (function, calls)
        return calls

    return declare


def warm_ups() -> list[str]:
    """Return the dotted names of what was declared, sorted."""
    return sorted(_warmed)


def warm(name: str) -> Iterator[tuple[Any, ...]]:
    """Compute and store each result that the warm-up ``name`` asks for; yield the arguments of each when it is done."""
    function, calls = _warmed[name]
    refresh: Any = function.refresh  # type: ignore[attr-defined]  # both kinds have it
    if isinstance(function, AsyncCachedFunction):
        refresh = async_to_sync(refresh)
    for arguments in calls():
        refresh(*arguments)
        yield arguments
