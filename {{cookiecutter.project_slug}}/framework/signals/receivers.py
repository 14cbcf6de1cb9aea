"""Who listens to which event, in which mode and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from inspect import isclass, iscoroutinefunction
from types import FunctionType
from typing import Any, Final

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
    is_async: bool = False

    @property
    def name(self) -> str:
        """The dotted path of the function; what a durable row calls it."""
        return path_of(self.function)


@dataclass(frozen=True, slots=True)
class Route:
    """The receivers of one event by mode, each in the order they were declared; what dispatch reads."""

    in_transaction: tuple[Callable[[Any], Any], ...] = ()
    after_commit: tuple[Receiver, ...] = ()
    awaited: tuple[Receiver, ...] = ()
    durable: tuple[Receiver, ...] = ()


NOWHERE: Final = Route()

# Both are replaced whole on every declaration, so that dispatch reads them without a lock.
_receivers: tuple[Receiver, ...] = ()
routes: dict[type, Route] = {}


def on[E, R](
    event: type[E],
    *,
    after_commit: bool = False,
    durable: bool = False,
    queue: str = "default",
    max_retries: int | None = None,
) -> Callable[[Callable[[E], R]], Callable[[E], R]]:
    """Connect a function to ``event``.

    By default it runs at once, in the emitter's transaction, and what it raises reaches the emitter.
    ``after_commit``: after the commit, isolated from the others. ``durable``: in a worker on ``queue``,
    tried ``max_retries`` times more (Dramatiq's default otherwise); its own database writes and the
    acknowledgement commit together. Raises :class:`InvalidReceiverError`.
    """
    if after_commit and durable:
        raise InvalidReceiverError("A receiver is either after_commit or durable; a durable one runs after the commit")
    mode = Mode.DURABLE if durable else Mode.AFTER_COMMIT if after_commit else Mode.IN_TRANSACTION

    def connect(function: Callable[[E], R]) -> Callable[[E], R]:
        require_receiver(function, mode)
        receiver = Receiver(
            function=function,
            event=event,
            mode=mode,
            queue=queue,
            max_retries=max_retries,
            is_async=iscoroutinefunction(function),
        )
        replace_receivers((*_receivers, receiver))
        return function

    return connect


def all_receivers() -> tuple[Receiver, ...]:
    """Return every receiver declared in the modules loaded so far, in that order."""
    return _receivers


def replace_receivers(receivers: tuple[Receiver, ...]) -> None:
    """Make ``receivers`` all there are, and freeze the route of each event."""
    global _receivers, routes  # noqa: PLW0603 - one table, replaced whole
    _receivers = receivers
    routes = {event: _route(event, receivers) for event in {receiver.event for receiver in receivers}}


def _route(event: type, receivers: tuple[Receiver, ...]) -> Route:
    mine = [receiver for receiver in receivers if receiver.event is event]
    after = [receiver for receiver in mine if receiver.mode is Mode.AFTER_COMMIT]
    return Route(
        in_transaction=tuple(receiver.function for receiver in mine if receiver.mode is Mode.IN_TRANSACTION),
        after_commit=tuple(receiver for receiver in after if not receiver.is_async),
        awaited=tuple(receiver for receiver in after if receiver.is_async),
        durable=tuple(receiver for receiver in mine if receiver.mode is Mode.DURABLE),
    )


def route_of(event: type) -> Route:
    """Return the receivers of ``event`` by mode."""
    return routes.get(event, NOWHERE)


def find_durable(event: type, name: str) -> Receiver:
    """Return the durable receiver of ``event`` called ``name``; raises :class:`UnknownReceiverError`."""
    for receiver in route_of(event).durable:
        if receiver.name == name:
            return receiver
    raise UnknownReceiverError(
        f"{event.__qualname__} has no durable receiver called {name!r}; was it renamed, moved or removed?"
    )


def path_of(function: Callable[..., Any]) -> str:
    """Return the dotted path of a function."""
    return f"{function.__module__}.{function.__qualname__}"


def require_receiver(function: object, mode: Mode) -> None:
    """Raise :class:`InvalidReceiverError` for what could not be found again or would never be awaited."""
    if isclass(function) or not isinstance(function, FunctionType):
        raise InvalidReceiverError(
            f"{function!r} is no plain function, so a stored row could not find it again and an async __call__"
            " would never be awaited; write a function at module level"
        )
    if function.__name__ == "<lambda>" or "<locals>" in function.__qualname__:
        raise InvalidReceiverError(
            f"{path_of(function)} has no name it could be found by again; write a function at module level"
        )
    if mode is Mode.IN_TRANSACTION and iscoroutinefunction(function):
        raise InvalidReceiverError(
            f"{path_of(function)} is async and cannot veto from inside a database transaction; say after_commit=True"
            " or durable=True"
        )
