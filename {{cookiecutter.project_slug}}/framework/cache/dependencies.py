"""Results that depend on models: a change of a row outdates them, after its commit.

A model has a tag for all of it, ``model:orders.Order``, and one for each row that some result depends on,
``model:orders.Order:7``. What counts is the table, and what :mod:`.relations` knows to change it: proxies, parents and
children, links, and rows that go elsewhere. Bulk operations are heard of where the model's queryset is a
``WatchedQuerySet``.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save

from framework.signals import Batch, on_bulk

from .pending import awaits_commit
from .relations import key_of, link_tables, senders_of_rows, shares_key, tables_whose_rows_go
from .tagging import outdate

#: The labels of the models that something depends on; True if on single rows of it.
_watched: dict[str, bool] = {}
#: The labels whose rows change with those of a model, or when one of its rows goes.
_by_sender: dict[type[Model], set[str]] = {}
_by_deleted: dict[type[Model], set[str]] = {}
_by_links: dict[type[Model], set[str]] = {}
#: More rows than this in one operation outdate what depends on any single row of the model.
MOST_ROWS: Final = 1_000
#: Stands for every row, in a tag that all results which depend on one carry.
_EACH: Final = "*"
_UID: Final = "framework.cache"


def depend_on(models: Sequence[type[Model] | str]) -> tuple[str, ...]:
    """Watch ``models`` and return the tags, templates among them, of what depends on them."""
    return tuple(tag for model in models for tag in _tags_of(model if isinstance(model, str) else model._meta.label))


def watched_models() -> list[type[Model]]:
    """Return the models that something depends on."""
    return [apps.get_model(label) for label in sorted(_watched)]


def connect_all() -> None:
    """Listen to all that is depended on so far; called when all models are there."""
    for label in _watched:
        _connect(label)


def _tags_of(name: str) -> tuple[str, ...]:
    label, _, row = name.partition(":")
    is_new = label not in _watched
    _watched[label] = _watched.get(label, False) or bool(row)
    if is_new:
        # It raises, once all models are there, for one that is not.
        on_bulk(label)(forget_batch)
        if apps.models_ready:
            _connect(label)
    return (f"model:{name}", f"model:{label}:{_EACH}") if row else (f"model:{label}",)


def _connect(label: str) -> None:
    try:
        model = apps.get_model(label)
    except LookupError:
        return
    for sender in senders_of_rows(model):
        if sender is not model and sender not in _by_sender:
            on_bulk(sender)(forget_batch)
        post_save.connect(forget_saved, sender=sender, dispatch_uid=_UID)
        _by_sender.setdefault(sender, set()).add(label)
    for sender in tables_whose_rows_go(model):
        _by_deleted.setdefault(sender, set()).add(label)
    for sender in {*senders_of_rows(model), *tables_whose_rows_go(model)}:
        # Also of each row that a bulk delete takes.
        post_delete.connect(forget_deleted, sender=sender, dispatch_uid=_UID)
    for table in link_tables(model):
        m2m_changed.connect(forget_linked, sender=table, dispatch_uid=_UID)
        _by_links.setdefault(table, set()).add(label)


def forget_saved(sender: type[Model], instance: Model, *, using: str, **kwargs: Any) -> None:
    """Outdate what depends on the table of ``instance``, or on this row."""
    _forget(_by_sender.get(sender, ()), using, lambda model: [key_of(model, instance)])


def forget_deleted(sender: type[Model], instance: Model, *, using: str, **kwargs: Any) -> None:
    """Outdate the same, and what the database or Django changes where the row was pointed at."""
    forget_saved(sender, instance, using=using)
    _forget(_by_deleted.get(sender, ()), using, lambda model: [None])


def forget_linked(
    sender: type[Model], instance: Model, action: str, *, using: str, pk_set: set[Any] | None, **kwargs: Any
) -> None:
    """Outdate what depends on a row whose links changed, on either side."""
    if not action.startswith("post_"):
        return

    def keys(model: type[Model]) -> Collection[object]:
        key = key_of(model, instance)
        if key is not None:
            return [key]
        # Who was linked before a clear() cannot be told any more, and the keys are not those of the links themselves.
        return [None] if pk_set is None or model is sender else pk_set

    _forget(_by_links.get(sender, ()), using, keys)


def forget_batch(batch: Batch) -> None:
    """Outdate what depends on the rows of a bulk operation."""
    is_told = batch.is_complete and len(batch.keys) <= MOST_ROWS

    def keys(model: type[Model]) -> Collection[object]:
        return batch.keys if is_told and shares_key(model, batch.model) else [None]

    _forget(_by_sender.get(batch.model, ()), batch.using, keys)


def _forget(labels: Iterable[str], using: str, keys: Any) -> None:
    tags: set[str] = set()
    for label in labels:
        # A test may have forgotten what it had watched.
        if label in _watched:
            tags.add(f"model:{label}")
            if _watched[label]:
                found = keys(apps.get_model(label))
                tags.update(f"model:{label}:{_EACH if key is None else key}" for key in found)
    # One write for each tag and transaction, however often the row is saved in it.
    if fresh := [tag for tag in tags if not awaits_commit([tag])]:
        outdate(fresh, using)
