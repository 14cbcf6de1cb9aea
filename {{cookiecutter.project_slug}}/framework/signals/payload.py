"""The fields of an event as JSON, and back."""

from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation
from pydantic_core import PydanticSerializationError

from .events import EventType, find_event, type_of
from .exceptions import StoredEventError, UnserializableEventError
from .upcasting import bring_up

_REFUSALS = (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticSerializationError, ValueError)


def encode(emitted: object) -> dict[str, Any]:
    """Return the fields of an event as JSON values; raises :class:`UnserializableEventError`."""
    kind = type_of(type(emitted))
    try:
        payload: dict[str, Any] = kind.adapter.dump_python(emitted, mode="json", warnings="error")
    except _REFUSALS as error:
        raise UnserializableEventError(_refusal(kind, emitted)) from error
    return payload


def decode(name: str, version: int, payload: dict[str, Any]) -> Any:
    """Return the event that was encoded.

    An older payload goes through the event's upcasters and is read as long as the class then accepts it: fields
    it does not know are left out, fields that were added need a default. Raises :class:`UnknownEventError`, or
    :class:`StoredEventError` also for what an upcaster could not read.
    """
    kind = find_event(name)
    if version > kind.version:
        raise StoredEventError(
            f"A stored {name} has version {version} and this code knows version {kind.version};"
            " is an old release running?"
        )
    try:
        payload = bring_up(kind, payload, version)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise StoredEventError(
            f"A stored {name} of version {version} could not be brought to version {kind.version}:"
            f" {type(error).__name__}: {error}"
        ) from error
    try:
        return kind.adapter.validate_python(payload)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise StoredEventError(
            f"A stored {name} of version {version} does not fit its class any more ({faults})"
        ) from error


def unserializable_field(kind: EventType) -> str | None:
    """Return the first field whose declared type JSON cannot hold; ``None`` when all are fine."""
    try:
        _ = kind.adapter
    except _REFUSALS:
        return next(name for name, hint in _hints(kind) if not _is_plain(hint))
    return None


def _refusal(kind: EventType, emitted: object) -> str:
    for name, hint in _hints(kind):
        value = getattr(emitted, name)
        if not _holds(hint, value):
            return (
                f"{kind.name}.{name} cannot be written as JSON: a {type(value).__qualname__} where"
                f" {getattr(hint, '__qualname__', hint)} is declared; give it a plain type"
            )
    return f"{kind.name} cannot be written as JSON; give its fields plain types"


def _hints(kind: EventType) -> list[tuple[str, Any]]:
    hints = get_type_hints(kind.declared)
    return [(field.name, hints[field.name]) for field in fields(kind.declared)]


def _is_plain(hint: Any) -> bool:
    try:
        TypeAdapter(hint)
    except _REFUSALS:
        return False
    return True


def _holds(hint: Any, value: object) -> bool:
    try:
        TypeAdapter(hint).dump_python(value, mode="json", warnings="error")
    except _REFUSALS:
        return False
    return True
