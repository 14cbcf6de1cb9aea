"""What the watched fields of an object held in the database when it was last loaded or saved.

The row that ``from_db`` gave is kept as it is: no copy and no query on load, and nothing at all on models
that nobody watches. A save replaces it by the values it wrote, together with the fate of the transaction it
belongs to, so that a rollback puts the values before it back.
"""

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from weakref import ref

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Field, JSONField, Model
from django.db.models.expressions import Combinable
from django.db.models.fields.files import FieldFile

from .change import UNKNOWN, Change

_KEPT: Final = "_watched_row"
_METHODS: Final = ("from_db", "refresh_from_db")

# What a model itself defined under these names, while it is tracked.
_originals: dict[type[Model], dict[str, Any]] = {}

type AnyField = Field[Any, Any]
type Watched = Mapping[str, AnyField]
type _Row = tuple[Sequence[str], Sequence[Any]]


class _Fate:
    """Whether what was saved in a transaction lasts.

    Django forgets the callback when the transaction, or the savepoint around the save, is rolled back;
    nothing else holds it. (It forgets it too when another callback raised before; the object then counts
    as rolled back, and its next save tells the change again.)
    """

    __slots__ = ("__weakref__", "_callback", "committed", "savepoints")

    def __init__(self, using: str) -> None:
        connection = connections[using]
        callback = _Committed(self)
        self.committed = False
        self.savepoints = tuple(connection.savepoint_ids)
        self._callback = ref(callback)
        connection.on_commit(callback)

    @property
    def is_rolled_back(self) -> bool:
        return not self.committed and self._callback() is None


class _Committed:
    __slots__ = ("__weakref__", "_fate")

    def __init__(self, fate: _Fate) -> None:
        self._fate = fate

    def __call__(self) -> None:
        self._fate.committed = True


@dataclass(frozen=True, slots=True)
class _Saved:
    """The values a save wrote, and what to return to if it does not last; never changed, only replaced."""

    values: Mapping[str, Any]
    fate: _Fate | None = None
    before: "_Row | _Saved | None" = None

    def __reduce__(self) -> tuple[type["_Saved"], tuple[dict[str, Any]]]:
        # An object may be pickled into a cache; the transaction stays here.
        return _Saved, (dict(self.values),)


def changes(
    instance: Model, watched: Watched, *, update_fields: Collection[str] | None, using: str
) -> dict[str, Change[Any]]:
    """Return what a save has just changed, by the attribute name of the field, and remember what it wrote."""
    before = _last(instance)
    old = _values(before, watched)
    new = {
        name: _snapshot(vars(instance)[name])
        for name, field in watched.items()
        if name in vars(instance) and (update_fields is None or not {name, field.name}.isdisjoint(update_fields))
    }
    _remember(instance, before, {**old, **new}, using)
    return {
        name: change
        for name, value in new.items()
        if (change := _compared(watched[name], old.get(name, UNKNOWN), value)) is not None
    }


def remember(instance: Model, watched: Watched, *, using: str) -> None:
    """Remember what a save wrote, all of it new."""
    values = {name: _snapshot(vars(instance)[name]) for name in watched if name in vars(instance)}
    _remember(instance, _last(instance), values, using)


def track(model: type[Model], watched: Watched) -> None:
    """Keep the rows of ``model``; Django has no signal for a load that tells the row, and none for a refresh."""
    mutable = any(_is_mutable(field) for field in watched.values())
    _originals[model] = {name: vars(model)[name] for name in _METHODS if name in vars(model)}
    from_db: Any = model.from_db
    kept: Any = classmethod(_keeping_row(from_db.__func__, watched, mutable=mutable))
    setattr(model, "from_db", kept)  # noqa: B010 - an assignment would need an ignore in two type checkers
    setattr(model, "refresh_from_db", _keeping_refreshed(model.refresh_from_db, watched))  # noqa: B010


def untrack(model: type[Model]) -> None:
    """Undo :func:`track`."""
    originals = _originals.pop(model, None)
    for name in _METHODS if originals is not None else ():
        delattr(model, name)
    for name, original in (originals or {}).items():
        setattr(model, name, original)


def _keeping_row(from_db: Callable[..., Any], watched: Watched, *, mutable: bool) -> Callable[..., Any]:
    # Once for every row: no dictionary of options, and none made of the instance's attributes.
    @wraps(from_db)
    def keeping(
        cls: type[Model], db: str, names: Sequence[str], values: Sequence[Any], *, fetch_mode: object = None
    ) -> Any:
        if fetch_mode is None:
            instance = from_db(cls, db, names, values)
        else:
            instance = from_db(cls, db, names, values, fetch_mode=fetch_mode)
        instance._watched_row = (names, values)
        return instance

    @wraps(from_db)
    def keeping_copies(cls: type[Model], db: str, names: Sequence[str], values: Sequence[Any], **options: Any) -> Any:
        # A value that can be edited in place would take the row along.
        instance = from_db(cls, db, names, values, **options)
        instance.__dict__[_KEPT] = _Saved(_values((names, values), watched))
        return instance

    return keeping_copies if mutable else keeping


def _keeping_refreshed(refresh: Callable[..., None], watched: Watched) -> Callable[..., None]:
    @wraps(refresh)
    def keeping(self: Model, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        asked = None if fields is None else set(fields)
        refresh(self, using, asked, from_queryset)
        loaded = {
            name: _snapshot(vars(self)[name])
            for name, field in watched.items()
            if name in vars(self) and (asked is None or not {name, field.name}.isdisjoint(asked))
        }
        last = _last(self)
        values = {**_values(last, watched), **loaded}
        kept = _Saved(values, last.fate, last.before) if isinstance(last, _Saved) else _Saved(values)
        vars(self)[_KEPT] = kept

    return keeping


def _last(instance: Model) -> "_Row | _Saved | None":
    kept: _Row | _Saved | None = vars(instance).get(_KEPT)
    while isinstance(kept, _Saved) and kept.fate is not None and kept.fate.is_rolled_back:
        kept = kept.before
    return kept


def _values(kept: "_Row | _Saved | None", watched: Watched) -> dict[str, Any]:
    if kept is None:
        return {}
    if isinstance(kept, _Saved):
        return dict(kept.values)
    return {name: _snapshot(value) for name, value in zip(*kept, strict=True) if name in watched}


def _remember(instance: Model, before: "_Row | _Saved | None", values: dict[str, Any], using: str) -> None:
    connection = connections[using]
    if not connection.in_atomic_block:
        vars(instance)[_KEPT] = _Saved(values)
        return
    fate = before.fate if isinstance(before, _Saved) else None
    if isinstance(before, _Saved) and fate is not None and not fate.committed:
        if fate.savepoints == tuple(connection.savepoint_ids):
            vars(instance)[_KEPT] = _Saved(values, fate, before.before)
            return
    elif isinstance(before, _Saved):
        before = _Saved(before.values)
    vars(instance)[_KEPT] = _Saved(values, _Fate(using), before)


def _snapshot(value: object) -> object:
    if isinstance(value, Combinable):
        return UNKNOWN
    if isinstance(value, FieldFile):
        return value.name
    return copy.deepcopy(value) if isinstance(value, (dict, list, set)) else value


def _is_mutable(field: AnyField) -> bool:
    return isinstance(field, JSONField) or not type(field).__module__.startswith("django.db.models.")


def _compared(field: AnyField, old: Any, new: Any) -> Change[Any] | None:
    if old is UNKNOWN or new is UNKNOWN:
        return Change(old, new)
    if old == new:
        return None
    # "5.00" was assigned where the row holds Decimal("5.00"): the column did not change.
    try:
        new = field.to_python(new)
    except (ValidationError, TypeError, ValueError):
        return Change(old, new)
    return None if old == new else Change(old, new)
