"""What changes the rows of a model: the models that share its tables, the tables of its links, and rows elsewhere."""

from typing import Any, Final

from django.apps import apps
from django.db.models import CASCADE, DB_CASCADE, PROTECT, RESTRICT, Model

#: What Django does itself, telling of each row, or refuses.
_TOLD: Final = (CASCADE, PROTECT, RESTRICT)


def senders_of_rows(model: type[Model]) -> set[type[Model]]:
    """Return the models whose saves and deletes are of rows of ``model``: itself, proxies, children and parents."""
    concrete = _concrete(model)
    tables = {concrete, *map(_concrete, concrete._meta.get_parent_list())}
    return {each for each in _models() if issubclass(each, concrete) or _concrete(each) in tables}


def tables_whose_rows_go(model: type[Model]) -> set[type[Model]]:
    """Return the models whose deletes change rows of ``model`` without a word of these.

    That is what is pointed at by a key with ``SET_NULL``, one that the database looks after, or by a link.
    """
    found: set[type[Model]] = set()
    _collect(_concrete(model), found)
    for table in link_tables(model):
        for field in _keys(table):
            _add(_concrete(field.related_model), found)
    return {each for each in _models() if _concrete(each) in found}


def link_tables(model: type[Model]) -> set[type[Model]]:
    """Return the tables of the many-to-many links of ``model``, from and to it; itself if it is one."""
    options: Any = _concrete(model)._meta
    fields = [*options.many_to_many, *(each.field for each in options.related_objects if each.many_to_many)]
    tables = {field.remote_field.through for field in fields}
    return {model} if options.auto_created else tables


def shares_key(model: type[Model], other: type[Model]) -> bool:
    """Tell whether rows of ``model`` have the primary keys of the rows of ``other`` that they are part of."""
    concrete, kind = _concrete(model), _concrete(other)
    if issubclass(concrete, kind):
        return concrete is kind or _is_link(concrete._meta.pk)
    return issubclass(kind, concrete) and _is_link(kind._meta.pk)


def key_of(model: type[Model], instance: Model) -> Any:
    """Return the primary key of the row of ``model`` that ``instance`` is part of; ``None`` if it is not told."""
    if shares_key(model, type(instance)):
        return instance.pk
    # A child that has a key besides its parent's.
    key: Any = _concrete(model)._meta.pk
    return vars(instance).get(key.attname) if isinstance(instance, _concrete(model)) else None


def _is_link(key: Any) -> bool:
    return bool(key.remote_field and key.remote_field.parent_link)


def _collect(concrete: type[Model], found: set[type[Model]]) -> None:
    for field in _keys(concrete):
        if field.remote_field.on_delete not in _TOLD:
            _add(_concrete(field.related_model), found)


def _add(target: type[Model], found: set[type[Model]]) -> None:
    if target in found:
        return
    found.add(target)
    for field in _keys(target):
        if field.remote_field.on_delete is DB_CASCADE:
            # Its own rows may go without a word.
            _add(_concrete(field.related_model), found)


def _keys(model: type[Model]) -> list[Any]:
    return [
        field
        for field in model._meta.get_fields()
        if (field.many_to_one or field.one_to_one) and field.concrete and field.related_model
    ]


def _concrete(model: Any) -> type[Model]:
    found: type[Model] = model._meta.concrete_model
    return found


def _models() -> list[type[Model]]:
    return list(apps.get_models(include_auto_created=True))
