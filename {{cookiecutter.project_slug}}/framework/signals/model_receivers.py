"""Receivers of models: what they listen to, and when.

They run in the transaction around what happens. A receiver of a model hears of its proxies and its children
too; one of an abstract model, of every model below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ManyToManyField, Model

from .change import UNKNOWN, Change
from .exceptions import InvalidReceiverError
from .receivers import Mode, path_of, require_receiver
from .tracking import AnyField

if TYPE_CHECKING:
    from .batch import Batch
    from .links import LinkChange

type AnyManyToMany = ManyToManyField[Any, Any]

type ModelName[M: Model] = type[M] | str

_ANY: Final = object()


class Moment(StrEnum):
    """What happened to an object."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    CHANGED = "changed"
    LINKED = "linked"
    WRITTEN = "written in bulk"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReceiver:
    """A function, the model it listens to, and at which moment."""

    function: Callable[..., Any]
    model: type[Model] | str
    moment: Moment
    field: str = ""
    from_: object = _ANY
    to: object = _ANY

    @property
    def name(self) -> str:
        """The dotted path of the function."""
        return path_of(self.function)

    @property
    def found_model(self) -> type[Model]:
        """The model's class; raises :class:`InvalidReceiverError` if no application has it."""
        if not isinstance(self.model, str):
            return self.model
        try:
            return apps.get_model(self.model)
        except (LookupError, ValueError) as error:
            raise InvalidReceiverError(f"{self.name} watches {self.model!r}, which is no model: {error}") from error

    @property
    def found_field(self) -> AnyField | None:
        """The field that is watched; ``None`` if the model has no such column."""
        field = self._declared_field
        return field if isinstance(field, Field) and field.concrete else None

    @property
    def found_links(self) -> AnyManyToMany | None:
        """The many-to-many field that is watched; ``None`` if the model has no such field."""
        field = self._declared_field
        return field if isinstance(field, ManyToManyField) else None

    @property
    def _declared_field(self) -> object:
        try:
            return self.found_model._meta.get_field(self.field)
        except FieldDoesNotExist:
            return None

    def wants(self, change: Change[Any]) -> bool:
        """Tell whether the change is one this receiver asked for."""
        return _is_one_of(self.from_, change.old) and _is_one_of(self.to, change.new)


# Replaced whole, so that it can be read without a lock.
_receivers: tuple[ModelReceiver, ...] = ()
_watchers: list[Callable[[], None]] = []


def on_create[M: Model, R](model: ModelName[M]) -> Callable[[Callable[[M], R]], Callable[[M], R]]:
    """Call a function with each new object of ``model`` (a class or ``"app.Model"``), after its INSERT."""
    return _connect(model, Moment.CREATED)


def on_update[M: Model, R](model: ModelName[M]) -> Callable[[Callable[[M], R]], Callable[[M], R]]:
    """Call a function with each object that was saved again, changed or not."""
    return _connect(model, Moment.UPDATED)


def on_delete[M: Model, R](model: ModelName[M]) -> Callable[[Callable[[M], R]], Callable[[M], R]]:
    """Call a function with each object that was deleted; it still has its primary key."""
    return _connect(model, Moment.DELETED)


def on_change[M: Model, R](
    model: ModelName[M], field: str, *, from_: object = _ANY, to: object = _ANY
) -> Callable[[Callable[[M, Change[Any]], R]], Callable[[M, Change[Any]], R]]:
    """Call a function with the object and its :class:`Change` when a save changed ``field``.

    ``from_`` and ``to`` narrow it to one old or new value. A new object changes nothing; see ``on_create``.
    A foreign key's values are ids.
    """
    return _connect(model, Moment.CHANGED, field=field, from_=from_, to=to)


def on_m2m[M: Model, R](
    model: ModelName[M], field: str
) -> Callable[[Callable[[M, "LinkChange"], R]], Callable[[M, "LinkChange"], R]]:
    """Call a function with the object and its :class:`LinkChange` when many-to-many links of ``field`` changed.

    Always with an object of ``model``, also when the links were changed from the other side.
    """
    return _connect(model, Moment.LINKED, field=field)


def on_bulk[M: Model, R](model: ModelName[M]) -> Callable[[Callable[["Batch"], R]], Callable[["Batch"], R]]:
    """Call a function with the :class:`Batch` of rows that one bulk operation wrote.

    The operation has to come through a manager with :class:`WatchedQuerySet`.
    """
    return _connect(model, Moment.WRITTEN)


def _connect(model: type[Model] | str, moment: Moment, **options: Any) -> Callable[[Any], Any]:
    def connect(function: Any) -> Any:
        require_receiver(function, Mode.IN_TRANSACTION)
        replace_model_receivers((*_receivers, ModelReceiver(function=function, model=model, moment=moment, **options)))
        return function

    return connect


def model_receivers() -> tuple[ModelReceiver, ...]:
    """Return every receiver of a model declared so far, in that order."""
    return _receivers


def replace_model_receivers(receivers: tuple[ModelReceiver, ...]) -> None:
    """Make ``receivers`` all there are; models are watched anew if they were watched already."""
    global _receivers  # noqa: PLW0603 - one table, replaced whole
    _receivers = receivers
    for watch in _watchers:
        watch()


def follow(watch: Callable[[], None]) -> None:
    """Call ``watch`` from now on whenever the receivers were replaced."""
    if watch not in _watchers:
        _watchers.append(watch)


def _is_one_of(asked: object, value: object) -> bool:
    return asked is _ANY or (value is not UNKNOWN and bool(asked == value))
