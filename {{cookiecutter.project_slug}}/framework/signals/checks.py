"""System checks of receivers.

signals.E001  a receiver listens to a class that is no event
signals.E002  a field that is watched is no column of its model
signals.E003  two receivers of one event have the same dotted path
signals.E004  an event with a durable receiver has a field that JSON cannot hold
signals.E005  two events have the same name
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from .events import declared_events
from .lifecycle import Moment, model_receivers
from .payload import unserializable_field
from .receivers import all_receivers, route_of


def check_receivers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find events and receivers that cannot work, before the first event is emitted."""
    return [*_unknown_events(), *_unknown_fields(), *_duplicates(), *_unserializable(), *_names()]


def _unknown_events() -> Iterator[checks.CheckMessage]:
    known = {kind.declared for kind in declared_events()}
    for receiver in all_receivers():
        if receiver.event not in known:
            yield checks.Error(
                f"{receiver.name} listens to {receiver.event.__qualname__}, which is no event.",
                hint="Write @event above its dataclass.",
                id="signals.E001",
            )


def _unknown_fields() -> Iterator[checks.CheckMessage]:
    for receiver in model_receivers():
        if receiver.moment is Moment.CHANGED and receiver.found_field is None:
            yield checks.Error(
                f"{receiver.name} watches {receiver.found_model._meta.label}.{receiver.field}, which is no column.",
                id="signals.E002",
            )


def _duplicates() -> Iterator[checks.CheckMessage]:
    paths = Counter((receiver.event.__qualname__, receiver.name) for receiver in all_receivers())
    for (event, path), count in paths.items():
        if count > 1:
            yield checks.Error(
                f"{path} receives {event} {count} times.",
                hint="Give each receiver a name of its own, and connect it in one mode.",
                id="signals.E003",
            )


def _unserializable() -> Iterator[checks.CheckMessage]:
    for kind in declared_events():
        if route_of(kind.declared).durable and (field := unserializable_field(kind)) is not None:
            yield checks.Error(
                f"{kind.name}.{field} cannot be written as JSON, and the event has a durable receiver.",
                hint="Give the field a plain type; for an object, its id.",
                id="signals.E004",
            )


def _names() -> Iterator[checks.CheckMessage]:
    for name, count in Counter(kind.name for kind in declared_events()).items():
        if count > 1:
            yield checks.Error(f"{count} events are called {name}.", hint="Rename one.", id="signals.E005")
