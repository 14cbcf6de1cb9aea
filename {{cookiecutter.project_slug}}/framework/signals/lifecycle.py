"""Model lifecycle: Django's signals as the inlet, field changes by comparing with the row that was loaded.

Receivers run in the transaction around the save or the delete, like any ``post_save`` receiver. A receiver
of a model hears of its proxies and its children too; one of an abstract model, of every model below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.db.models.signals import post_delete, post_save

from .change import UNKNOWN, Change
from .exceptions import InvalidReceiverError
from .receivers import Mode, path_of, require_receiver
from .testing import scope
from .tracking import AnyField, changes, remember, track, untrack

_ANY: Final = object()
_UID: Final = "framework.signals"

type ModelName[M: Model] = type[M] | str


class Moment(StrEnum):
    """What happened to an object."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    CHANGED = "changed"


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
        try:
            field = self.found_model._meta.get_field(self.field)
        except FieldDoesNotExist:
            return None
        return field if isinstance(field, Field) and field.concrete else None

    def wants(self, change: Change[Any]) -> bool:
        """Tell whether the change is one this receiver asked for."""
        return _is_one_of(self.from_, change.old) and _is_one_of(self.to, change.new)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The receivers of one concrete model, and the columns somebody watches."""

    created: tuple[Callable[..., Any], ...]
    updated: tuple[Callable[..., Any], ...]
    deleted: tuple[Callable[..., Any], ...]
    changed: tuple[tuple[str, ModelReceiver], ...]
    watched: dict[str, AnyField]


# Both are replaced whole, so that a save reads them without a lock.
_receivers: tuple[ModelReceiver, ...] = ()
_plans: dict[type[Model], _Plan] | None = None


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
    if _plans is not None:
        watch()


def watch() -> None:
    """Connect every model that a receiver names; called first when all applications are loaded.

    Raises :class:`InvalidReceiverError` for a model that does not exist.
    """
    global _plans  # noqa: PLW0603 - one table, replaced whole
    for model in _plans or ():
        post_save.disconnect(sender=model, dispatch_uid=_UID)
        post_delete.disconnect(sender=model, dispatch_uid=_UID)
        untrack(model)
    plans = {model: plan for model in apps.get_models() if (plan := _plan(model)) is not None}
    for model, plan in plans.items():
        if plan.created or plan.updated or plan.changed:
            post_save.connect(_saved, sender=model, dispatch_uid=_UID)
        if plan.deleted:
            post_delete.connect(_deleted, sender=model, dispatch_uid=_UID)
        if plan.watched:
            track(model, plan.watched)
    _plans = plans


def _plan(model: type[Model]) -> _Plan | None:
    mine = [receiver for receiver in _receivers if issubclass(model, receiver.found_model)]
    if not mine:
        return None
    changed = [
        (field.attname, field, receiver)
        for receiver in mine
        if receiver.moment is Moment.CHANGED and (field := receiver.found_field) is not None
    ]
    return _Plan(
        created=tuple(receiver.function for receiver in mine if receiver.moment is Moment.CREATED),
        updated=tuple(receiver.function for receiver in mine if receiver.moment is Moment.UPDATED),
        deleted=tuple(
            receiver.function
            for receiver in mine
            if receiver.moment is Moment.DELETED and not _parent_is_told(model, receiver.found_model)
        ),
        changed=tuple((attname, receiver) for attname, _, receiver in changed),
        watched={attname: field for attname, field, _ in changed},
    )


def _parent_is_told(model: type[Model], declared: type[Model]) -> bool:
    # Deleting a child deletes its parents' rows, and Django tells of each of them.
    parents = [parent for parent, link in model._meta.parents.items() if link is not None]
    return any(issubclass(parent, declared) for parent in parents)


def _saved(
    sender: type[Model],
    instance: Model,
    *,
    created: bool,
    using: str,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **kwargs: Any,
) -> None:
    plan = (_plans or {})[sender]
    found: dict[str, Change[Any]] = {}
    if plan.watched and created:
        remember(instance, plan.watched, using=using)
    elif plan.watched:
        found = changes(instance, plan.watched, update_fields=update_fields, using=using)
    # A fixture that is being loaded is no event: what it points to may not be there yet.
    if raw or _is_muted(sender):
        return
    for function in plan.created if created else plan.updated:
        function(instance)
    for attname, receiver in plan.changed if found else ():
        if attname in found and receiver.wants(found[attname]):
            receiver.function(instance, found[attname])


def _deleted(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    if _is_muted(sender):
        return
    for function in (_plans or {})[sender].deleted:
        function(instance)


def _is_muted(model: type[Model]) -> bool:
    around = scope.get()
    return around is not None and around.mutes(model)


def _is_one_of(asked: object, value: object) -> bool:
    return asked is _ANY or (value is not UNKNOWN and bool(asked == value))
