"""Events: frozen dataclasses with a stable name and a version."""

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from functools import cached_property
from typing import Any, overload

from django.apps import apps
from pydantic import TypeAdapter

from framework.errors import EventError

from .exceptions import UnknownEventError


@dataclass(frozen=True, kw_only=True)
class EventType:
    """What is known of one event's class."""

    declared: type
    version: int = 1

    @cached_property
    def name(self) -> str:
        """``"app_label.ClassName"``; with the module in place of the label for a class outside any application.

        Found on first use: an event may be declared before the applications are loaded.
        """
        application = apps.get_containing_app_config(self.declared.__module__)
        owner = application.label if application else self.declared.__module__
        return f"{owner}.{self.declared.__qualname__}"

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What writes and reads the fields as JSON; raises for a field of a type that JSON cannot hold."""
        return TypeAdapter(self.declared)


# Replaced whole on every declaration, so that it can be read without a lock.
_types: dict[type, EventType] = {}


@overload
def event[E](declared: type[E], /) -> type[E]: ...
@overload
def event[E](*, version: int) -> Callable[[type[E]], type[E]]: ...
def event(declared: type | None = None, /, *, version: int = 1) -> Any:
    """Declare a frozen dataclass as an event, known as ``"app_label.ClassName"``.

    Raise ``version`` when its fields change: rows that were stored before keep the version they were
    written with. Raises :class:`EventError` for a class that could be changed after it was emitted.
    """

    def declare(declared: type) -> type:
        global _types  # noqa: PLW0603 - one table, replaced whole
        parameters = getattr(declared, "__dataclass_params__", None)
        if not is_dataclass(declared) or parameters is None or not parameters.frozen:
            raise EventError(
                f"{declared.__qualname__} must be a frozen dataclass to be an event; write @event above"
                " @dataclass(frozen=True, slots=True)"
            )
        others = {known: kind for known, kind in _types.items() if not _is_same(known, declared)}
        _types = {**others, declared: EventType(declared=declared, version=version)}
        return declared

    return declare if declared is None else declare(declared)


def type_of(declared: type) -> EventType:
    """Return what is known of an event's class; raises :class:`UnknownEventError`."""
    try:
        return _types[declared]
    except KeyError:
        raise UnknownEventError(f"{declared.__qualname__} is no event; write @event above its dataclass") from None


def find_event(name: str) -> EventType:
    """Return the event called ``name``; raises :class:`UnknownEventError`."""
    for kind in _types.values():
        if kind.name == name:
            return kind
    raise UnknownEventError(f"No event is called {name!r}; was it renamed, or its module not loaded?")


def declared_events() -> tuple[EventType, ...]:
    """Return every event declared in the modules loaded so far."""
    return tuple(_types.values())


def replace_events(kinds: tuple[EventType, ...]) -> None:
    """Put back what :func:`declared_events` returned."""
    global _types  # noqa: PLW0603 - one table, replaced whole
    _types = {kind.declared: kind for kind in kinds}


def _is_same(known: type, declared: type) -> bool:
    # A module that is loaded again declares its classes again.
    return (known.__module__, known.__qualname__) == (declared.__module__, declared.__qualname__)
