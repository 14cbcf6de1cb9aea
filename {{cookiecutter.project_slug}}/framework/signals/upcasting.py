"""Stored payloads of earlier versions, brought to the present form of their event."""

from collections.abc import Callable
from typing import Any

from framework.errors import EventError

from .events import EventType, type_of

type Payload = dict[str, Any]
type Upcaster = Callable[[Payload], Payload]

# By the class of the event and the version that is read; replaced whole on every declaration.
_upcasters: dict[tuple[type, int], Upcaster] = {}


def upcast(event: type, *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Declare a function that turns a payload of ``version`` into one of the next version.

    A payload is the fields as JSON values. Raises :class:`EventError` for a version that is not an earlier one.
    """

    def declare(function: Upcaster) -> Upcaster:
        global _upcasters  # noqa: PLW0603 - one table, replaced whole
        present = type_of(event).version
        if not 1 <= version < present:
            raise EventError(
                f"{event.__qualname__} has version {present}, so no payload of version {version} is an earlier one;"
                f" say @event(version={version + 1}) above the class"
            )
        _upcasters = {**_upcasters, (event, version): function}
        return function

    return declare


def bring_up(kind: EventType, payload: Payload, version: int) -> Payload:
    """Return ``payload`` in the form of the present version; a step without an upcaster changes nothing."""
    for step in range(version, kind.version):
        if (upcaster := _upcasters.get((kind.declared, step))) is not None:
            payload = upcaster(dict(payload))
    return payload


def upcasters() -> dict[tuple[type, int], Upcaster]:
    """Return every upcaster declared so far, by event and version."""
    return dict(_upcasters)


def replace_upcasters(found: dict[tuple[type, int], Upcaster]) -> None:
    """Put back what :func:`upcasters` returned."""
    global _upcasters  # noqa: PLW0603 - one table, replaced whole
    _upcasters = found
