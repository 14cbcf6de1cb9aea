"""Events: frozen dataclasses with a stable name."""

from dataclasses import is_dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from framework.errors import EventError

from .exceptions import UnknownEventError, UnserializableEventError

_events: dict[str, type] = {}


def event[E](declared: type[E]) -> type[E]:
    """Declare a frozen dataclass as an event, known by its module and name: ``apps.shop.events.OrderPlaced``.

    Raises :class:`EventError` for a class that could be changed after it was emitted.
    """
    parameters = getattr(declared, "__dataclass_params__", None)
    if not is_dataclass(declared) or parameters is None or not parameters.frozen:
        raise EventError(
            f"{declared.__qualname__} must be a frozen dataclass to be an event; write @event above"
            " @dataclass(frozen=True, slots=True)"
        )
    _events[name_of(declared)] = declared
    return declared


def name_of(declared: type) -> str:
    """Return the stable name of an event's class."""
    return f"{declared.__module__}.{declared.__qualname__}"


def declared_events() -> tuple[type, ...]:
    """Return every event declared in the modules loaded so far."""
    return tuple(_events.values())


def find_event(name: str) -> type:
    """Return the event called ``name``; raises :class:`UnknownEventError`."""
    try:
        return _events[name]
    except KeyError:
        raise UnknownEventError(f"No event is called {name!r}; was it renamed, or its module not loaded?") from None


def require_event(emitted: object) -> None:
    """Raise :class:`UnknownEventError` unless ``emitted`` is an instance of a declared event."""
    if name_of(type(emitted)) not in _events:
        raise UnknownEventError(f"{type(emitted).__qualname__} is no event; write @event above its dataclass")


def encode(emitted: object) -> dict[str, Any]:
    """Return the fields of an event as JSON values; raises :class:`UnserializableEventError`."""
    try:
        payload: dict[str, Any] = _adapter(name_of(type(emitted))).dump_python(emitted, mode="json", warnings="error")
    except (PydanticSerializationError, ValueError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise UnserializableEventError(
            f"{type(emitted).__qualname__} cannot be written as JSON ({reason}); give its fields plain types"
        ) from error
    return payload


def decode(name: str, payload: dict[str, Any]) -> Any:
    """Return the event that was encoded; raises :class:`UnknownEventError` or :class:`EventError`."""
    find_event(name)
    try:
        return _adapter(name).validate_python(payload, strict=False)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        raise EventError(f"A stored {name} does not fit its class any more: {fields}") from error


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(find_event(name))
