"""Who listens to what, in which mode and in which order."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from inspect import isclass, iscoroutinefunction
from types import FunctionType
from typing import Any

from .exceptions import InvalidReceiverError, UnknownReceiverError


class Mode(StrEnum):
    """When and where a receiver runs."""

    IN_TRANSACTION = "in transaction"
    AFTER_COMMIT = "after commit"
    DURABLE = "durable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A function, the event it listens to, and how it runs."""

    function: Callable[[Any], Any]
    event: type
    mode: Mode
    queue: str = "default"
    max_retries: int | None = None

    @property
    def name(self) -> str:
        """The dotted path of the function; what a durable row calls it."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    @property
    def source(self) -> str:
        """File and line of the function."""
        code = self.function.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    @property
    def is_async(self) -> bool:
        """True for a coroutine function."""
        return iscoroutinefunction(self.function)


# Replaced whole on every declaration, so that dispatch reads a tuple without a lock.
_by_event: dict[type, dict[Mode, tuple[Receiver, ...]]] = defaultdict(dict)


def on[E](
    event: type[E],
    *,
    after_commit: bool = False,
    durable: bool = False,
    queue: str = "default",
    max_retries: int | None = None,
) -> Callable[[Callable[[E], Any]], Callable[[E], Any]]:
    """Connect a function to ``event``.

    By default it runs at once, in the emitter's transaction, and what it raises reaches the emitter.
    ``after_commit``: after the commit, isolated from the others. ``durable``: in a worker on ``queue``,
    tried ``max_retries`` times more (Dramatiq's default otherwise); its own database writes and the
    acknowledgement commit together. Raises :class:`InvalidReceiverError`.
    """
    if after_commit and durable:
        raise InvalidReceiverError("A receiver is either after_commit or durable; a durable one runs after the commit")
    mode = Mode.DURABLE if durable else Mode.AFTER_COMMIT if after_commit else Mode.IN_TRANSACTION

    def connect(function: Callable[[E], Any]) -> Callable[[E], Any]:
        require_receiver(function, mode)
        receiver = Receiver(function=function, event=event, mode=mode, queue=queue, max_retries=max_retries)
        others = [known for known in receivers_of(event, mode) if known.name != receiver.name]
        _by_event[event][mode] = (*others, receiver)
        return function

    return connect


def receivers_of(event: type, mode: Mode) -> tuple[Receiver, ...]:
    """Return the receivers of ``event`` in the order they were declared."""
    return _by_event[event].get(mode, ()) if event in _by_event else ()


def all_receivers() -> tuple[Receiver, ...]:
    """Return every receiver declared in the modules loaded so far."""
    return tuple(receiver for modes in _by_event.values() for receivers in modes.values() for receiver in receivers)


def find_durable(name: str) -> Receiver:
    """Return the durable receiver called ``name``; raises :class:`UnknownReceiverError`."""
    for receiver in all_receivers():
        if receiver.mode is Mode.DURABLE and receiver.name == name:
            return receiver
    raise UnknownReceiverError(f"No durable receiver is called {name!r}; was it renamed or removed?")


def disconnect(event: type, function: Callable[[Any], Any]) -> None:
    """Forget a receiver."""
    for mode, receivers in _by_event.get(event, {}).items():
        _by_event[event][mode] = tuple(known for known in receivers if known.function is not function)


def require_receiver(function: object, mode: Mode) -> None:
    """Raise :class:`InvalidReceiverError` for what could not be found again or would never be awaited."""
    if isclass(function) or not isinstance(function, FunctionType):
        raise InvalidReceiverError(f"{function!r} is no plain function; write a function at module level")
    if function.__name__ == "<lambda>" or "<locals>" in function.__qualname__:
        raise InvalidReceiverError(
            f"{function.__qualname__} in {function.__module__} has no name it could be found by again;"
            " write a function at module level"
        )
    if mode is Mode.IN_TRANSACTION and iscoroutinefunction(function):
        raise InvalidReceiverError(
            f"{function.__qualname__} is async and cannot run inside a database transaction; say after_commit=True"
        )
    if mode is Mode.DURABLE and iscoroutinefunction(function):
        raise InvalidReceiverError(
            f"{function.__qualname__} is async, and a durable receiver commits with its row; write a plain function"
        )
