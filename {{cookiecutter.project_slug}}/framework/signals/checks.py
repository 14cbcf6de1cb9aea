"""System checks of receivers.

signals.E001  a receiver listens to a class that is no event
signals.E002  a field that is watched is no column of its model
signals.E003  two receivers of one event have the same dotted path
signals.E004  an event with a durable receiver has a field that JSON cannot hold
signals.E005  two events have the same name
signals.E006  a field whose links are watched is no many-to-many field of its model
signals.W001  bulk operations of a model are watched, and its manager has no WatchedQuerySet
signals.W002  a model whose deletion is watched loses rows through DB_CASCADE, of which Django tells nothing
signals.W003  a receiver listens to an abstract model that no model inherits
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db.models import DB_CASCADE, Model

from .batch import WatchedQuerySet
from .events import declared_events
from .model_receivers import Moment, model_receivers
from .payload import unserializable_field
from .receivers import all_receivers, route_of


def check_receivers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find events and receivers that cannot work, before the first event is emitted."""
    return [
        *_unknown_events(),
        *_unknown_fields(),
        *_duplicates(),
        *_unserializable(),
        *_names(),
        *_untold(),
        *_cascades(),
        *_unheard(),
    ]


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
        if receiver.moment is Moment.LINKED and receiver.found_links is None:
            yield checks.Error(
                f"{receiver.name} watches {receiver.found_model._meta.label}.{receiver.field}, which is no"
                " many-to-many field.",
                id="signals.E006",
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


def _untold() -> Iterator[checks.CheckMessage]:
    for model in _models_of(Moment.WRITTEN):
        if not model._meta.proxy and not isinstance(model._default_manager.get_queryset(), WatchedQuerySet):
            yield checks.Warning(
                f"Bulk operations through {model._meta.label}.{model._default_manager.name} reach no receiver.",
                hint="Write objects = WatchedQuerySet.as_manager() in the model, or make it the first base of its own"
                " queryset.",
                id="signals.W001",
            )


def _cascades() -> Iterator[checks.CheckMessage]:
    for model in _models_of(Moment.DELETED, Moment.WRITTEN):
        for field in model._meta.local_fields:
            if field.remote_field is not None and getattr(field.remote_field, "on_delete", None) is DB_CASCADE:
                yield checks.Warning(
                    f"The database deletes rows of {model._meta.label} through {field.name}, and no receiver hears of"
                    " it.",
                    hint="Use on_delete=CASCADE where receivers must run.",
                    id="signals.W002",
                )


def _unheard() -> Iterator[checks.CheckMessage]:
    for receiver in model_receivers():
        found = receiver.found_model
        if found._meta.abstract and not any(issubclass(model, found) for model in apps.get_models()):
            yield checks.Warning(
                f"{receiver.name} listens to {found.__qualname__}, which is abstract and which no model inherits.",
                hint="Name the model whose objects it should hear of.",
                id="signals.W003",
            )


def _models_of(*moments: Moment) -> list[type[Model]]:
    receivers = [receiver.found_model for receiver in model_receivers() if receiver.moment in moments]
    return [model for model in apps.get_models() if any(issubclass(model, found) for found in receivers)]
