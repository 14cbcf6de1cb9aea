"""What each middleware costs by itself: the time spent in it and not further inside, and its hops to a thread."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from inspect import isawaitable, iscoroutinefunction
from time import perf_counter
from typing import Any, Final

from django.core.handlers import base
from django.utils.module_loading import import_string

#: What is no middleware: the handler, the addresses and the view.
REST: Final = "the rest"


class Clock:
    """Charges the time to where the one request of the moment is."""

    def __init__(self) -> None:
        self.where = [REST]
        self._since = perf_counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.hops: Counter[str] = Counter()

    def enter(self, name: str) -> None:
        """Go further in."""
        self._charge()
        self.where.append(name)

    def leave(self) -> None:
        """Come back."""
        self._charge()
        self.where.pop()

    def hop(self) -> None:
        """Count a hop."""
        self.hops[self.where[-1]] += 1

    def reset(self) -> None:
        """Begin anew."""
        self.seconds.clear()
        self.hops.clear()
        self._since = perf_counter()

    def _charge(self) -> None:
        now = perf_counter()
        self.seconds[self.where[-1]] += now - self._since
        self._since = now


def watch_each(clock: Clock) -> None:
    """Let handlers that are made from now on charge each of their middlewares."""

    def load(path: str) -> Any:
        return _charged(import_string(path), path, clock)

    vars(base)["import_string"] = load


def _charged(middleware: Any, path: str, clock: Clock) -> Any:
    class Charged(middleware):  # type: ignore[misc]  # whatever the settings name
        def __init__(self, get_response: Callable[..., Any]) -> None:
            super().__init__(_wrapped(get_response, REST, clock))
            if look := getattr(self, "process_view", None):
                self.process_view = _wrapped(look, path, clock)

        def __call__(self, request: Any) -> Any:
            clock.enter(path)
            result = super().__call__(request)
            if isawaitable(result):
                return _awaited(result, clock)
            clock.leave()
            return result

    return Charged


def _wrapped(function: Callable[..., Any], name: str, clock: Clock) -> Callable[..., Any]:
    if iscoroutinefunction(function):

        async def awaited(*arguments: Any) -> Any:
            clock.enter(name)
            return await _awaited(function(*arguments), clock)

        return awaited

    def called(*arguments: Any) -> Any:
        clock.enter(name)
        result = function(*arguments)
        clock.leave()
        return result

    return called


async def _awaited(running: Awaitable[Any], clock: Clock) -> Any:
    result = await running
    clock.leave()
    return result
