"""Results that depend on models: a change of a row outdates them, after its commit.

A model has a tag for all of it, ``model:orders.Order``, and one for each row that some result depends on,
``model:orders.Order:7``. Bulk operations are heard of where the model's queryset is a ``WatchedQuerySet``.
"""

from collections.abc import Collection, Sequence
from typing import Final

from django.apps import apps
from django.db.models import Model

from framework.signals import Batch, LinkChange, on_bulk, on_create, on_delete, on_m2m, on_update

from .tagging import awaits_commit, invalidate_tags

#: The labels of the models that something depends on; True if on single rows of it.
_watched: dict[str, bool] = {}
#: More rows than this in one operation outdate what depends on any single row of the model.
MOST_ROWS: Final = 1_000
#: Stands for every row, in a tag that all results which depend on one carry.
_EACH: Final = "*"


def depend_on(models: Sequence[type[Model] | str]) -> tuple[str, ...]:
    """Watch ``models`` and return the tags, templates among them, of what depends on them."""
    return tuple(tag for model in models for tag in _tags_of(model if isinstance(model, str) else model._meta.label))


def _tags_of(name: str) -> tuple[str, ...]:
    label, _, row = name.partition(":")
    if label not in _watched:
        for connect in (on_create, on_update, on_delete):
            connect(label)(forget_object)
        on_bulk(label)(forget_batch)
        # Its fields are known once the model is.
        apps.lazy_model_operation(_watch_links, tuple(label.lower().split(".", 1)))
    _watched[label] = _watched.get(label, False) or bool(row)
    return (f"model:{name}", f"model:{label}:{_EACH}") if row else (f"model:{label}",)


def _watch_links(model: type[Model]) -> None:
    for field in model._meta.local_many_to_many:
        on_m2m(model, field.name)(forget_linked)


def forget_object(instance: Model) -> None:
    """Outdate what depends on the model of ``instance``, or on this row."""
    _forget(type(instance), [instance.pk])


def forget_linked(instance: Model, change: LinkChange) -> None:
    """Outdate what depends on a row whose links changed."""
    _forget(type(instance), [instance.pk])


def forget_batch(batch: Batch) -> None:
    """Outdate what depends on the rows of a bulk operation."""
    _forget(batch.model, batch.keys if batch.is_complete and len(batch.keys) <= MOST_ROWS else [_EACH])


def _forget(model: type[Model], keys: Collection[object]) -> None:
    tags: set[str] = set()
    for kind in model.__mro__:
        options = getattr(kind, "_meta", None)
        if options is not None and options.label in _watched:
            tags.add(f"model:{options.label}")
            if _watched[options.label]:
                tags.update(f"model:{options.label}:{key}" for key in keys)
    # One write for each tag and transaction, however often the row is saved in it.
    if fresh := [tag for tag in tags if not awaits_commit([tag])]:
        invalidate_tags(*fresh)
