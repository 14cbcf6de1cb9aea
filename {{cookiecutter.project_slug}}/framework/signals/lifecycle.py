"""Model lifecycle: Django's signals as the inlet, field changes by comparing with the row that was loaded.

Only the fields somebody watches are remembered, and only on models somebody watches; other models are
left as Django made them. Receivers run in the transaction of the save, like any ``post_save`` receiver.
"""

import copy
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.apps import apps
from django.db.models import Model
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.signals import post_delete, post_init, post_save, pre_save

from .receivers import Mode, require_receiver


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


#: Stands for a value that is not in memory: a deferred field, or the outcome of an ``F()`` expression.
UNKNOWN: Final = _Unknown()
_ANY: Final = object()
_KEPT: Final = "_watched_values"


@dataclass(frozen=True, slots=True)
class Change[T]:
    """The value of a field before and after a save; either may be :data:`UNKNOWN`."""

    old: T
    new: T


@dataclass(frozen=True, slots=True, kw_only=True)
class _FieldWatch:
    function: Callable[[Any, Change[Any]], Any]
    field: str
    from_: object
    to: object

    def fires(self, change: Change[Any]) -> bool:
        """Tell whether the change is one this watch asked for."""
        if change.old == change.new and change.old is not UNKNOWN and change.new is not UNKNOWN:
            return False
        return self.from_ in (_ANY, change.old) and self.to in (_ANY, change.new)


_created: dict[Any, list[Callable[[Any], Any]]] = defaultdict(list)
_updated: dict[Any, list[Callable[[Any], Any]]] = defaultdict(list)
_deleted: dict[Any, list[Callable[[Any], Any]]] = defaultdict(list)
_changed: dict[Any, list[_FieldWatch]] = defaultdict(list)

type ModelName[M: Model] = type[M] | str


def on_create[M: Model](model: ModelName[M]) -> Callable[[Callable[[M], Any]], Callable[[M], Any]]:
    """Call a function with each new object of ``model`` (a class or ``"app.Model"``), in its transaction."""
    return _connect(_created, model)


def on_update[M: Model](model: ModelName[M]) -> Callable[[Callable[[M], Any]], Callable[[M], Any]]:
    """Call a function with each object that was saved again."""
    return _connect(_updated, model)


def on_delete[M: Model](model: ModelName[M]) -> Callable[[Callable[[M], Any]], Callable[[M], Any]]:
    """Call a function with each object that was deleted."""
    return _connect(_deleted, model)


def on_change[M: Model](
    model: ModelName[M], field: str, *, from_: object = _ANY, to: object = _ANY
) -> Callable[[Callable[[M, Change[Any]], Any]], Callable[[M, Change[Any]], Any]]:
    """Call a function with the object and its :class:`Change` when a save changed ``field``.

    ``from_`` and ``to`` narrow it to one old or new value. A new object changes nothing; see ``on_create``.
    """

    def connect(function: Callable[[M, Change[Any]], Any]) -> Callable[[M, Change[Any]], Any]:
        require_receiver(function, Mode.IN_TRANSACTION)
        _changed[model].append(_FieldWatch(function=function, field=field, from_=from_, to=to))
        return function

    return connect


def _connect[M: Model](
    table: dict[Any, list[Callable[[Any], Any]]], model: ModelName[M]
) -> Callable[[Callable[[M], Any]], Callable[[M], Any]]:
    def connect(function: Callable[[M], Any]) -> Callable[[M], Any]:
        require_receiver(function, Mode.IN_TRANSACTION)
        table[model].append(function)
        return function

    return connect


def watch() -> None:
    """Connect every model that a receiver names; called once, when all applications are loaded."""
    _resolve_names(_created)
    _resolve_names(_updated)
    _resolve_names(_deleted)
    _resolve_names(_changed)
    for model in {*_created, *_updated, *_changed}:
        post_save.connect(_saved, sender=model, dispatch_uid="framework.signals")
    for model in _deleted:
        post_delete.connect(_removed, sender=model, dispatch_uid="framework.signals")
    for model in _changed:
        post_init.connect(_loaded, sender=model, dispatch_uid="framework.signals")
        pre_save.connect(_saving, sender=model, dispatch_uid="framework.signals")
        _follow_refresh(model)


def _resolve_names[W](table: dict[Any, list[W]]) -> None:
    for name in [name for name in table if isinstance(name, str)]:
        table[apps.get_model(name)].extend(table.pop(name))


def watched() -> list[tuple[type[Model], str]]:
    """Return every model and field that ``on_change`` names."""
    return [(model, watch.field) for model, watches in _changed.items() for watch in watches]


def watched_fields(model: type[Model]) -> set[str]:
    """Return the attribute names of the fields of ``model`` that somebody watches."""
    return {_attname(model, watch.field) for watch in _changed.get(model, ())}


def _attname(model: type[Model], field: str) -> str:
    return str(getattr(model._meta.get_field(field), "attname", field))


def _loaded(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    # Whether the row was loaded or made up is not known yet; _saving tells them apart.
    _keep(instance)


def _follow_refresh(model: type[Model]) -> None:
    refresh = model.refresh_from_db
    if hasattr(refresh, "__wrapped__"):
        return

    @wraps(refresh)
    def refresh_from_db(self: Model, *args: Any, **kwargs: Any) -> None:
        refresh(self, *args, **kwargs)
        _keep(self)

    model.refresh_from_db = refresh_from_db  # type: ignore[method-assign]  # Django has no signal for it


def _keep(instance: Model, only: set[str] | None = None) -> None:
    values = vars(instance)
    kept = values.setdefault(_KEPT, {})
    for name in watched_fields(type(instance)):
        if only is None or name in only:
            kept[name] = _snapshot(values.get(name, UNKNOWN))


def _snapshot(value: object) -> object:
    if isinstance(value, (BaseExpression, Combinable)):
        return UNKNOWN
    # A JSON value can be edited in place; its snapshot must not change with it.
    return copy.deepcopy(value) if isinstance(value, (dict, list, set)) else value


def _saving(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    if instance._state.adding:
        vars(instance)[_KEPT] = {}
    # Django replaces an expression by its outcome only in some cases; what was set is remembered here.
    vars(instance)["_saved_values"] = {
        name: _snapshot(vars(instance).get(name, UNKNOWN)) for name in watched_fields(sender)
    }


def _saved(
    sender: type[Model], instance: Model, created: bool, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    changes = {} if created else _changes(instance, update_fields)
    if sender in _changed:
        _keep(instance, None if update_fields is None else _attnames(sender, update_fields))
    for function in _created.get(sender, ()) if created else _updated.get(sender, ()):
        function(instance)
    for watch in _changed.get(sender, ()):
        change = changes.get(_attname(sender, watch.field))
        if change is not None and watch.fires(change):
            watch.function(instance, change)


def _changes(instance: Model, update_fields: frozenset[str] | None) -> dict[str, Change[Any]]:
    kept = vars(instance).get(_KEPT, {})
    new = vars(instance).pop("_saved_values", {})
    written = None if update_fields is None else _attnames(type(instance), update_fields)
    return {
        name: Change(kept.get(name, UNKNOWN), value)
        for name, value in new.items()
        if (written is None or name in written) and name in vars(instance)
    }


def _attnames(model: type[Model], fields: frozenset[str]) -> set[str]:
    names = {field.name: field.attname for field in model._meta.concrete_fields}
    return {names.get(name, name) for name in fields}


def _removed(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    for function in _deleted.get(sender, ()):
        function(instance)
