"""Many-to-many links, told from the side that declares the field whichever side changed them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model
from django.db.models.signals import m2m_changed

from .model_receivers import AnyManyToMany, ModelReceiver
from .testing import is_muted

_UID: Final = "framework.signals.links"
_GOING: Final = "_links_going"


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The primary keys that an object was linked to, and those it is linked to no more."""

    added: frozenset[Any] = frozenset()
    removed: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Links:
    """One many-to-many field, and who listens to it."""

    field: AnyManyToMany
    receivers: tuple[ModelReceiver, ...]


# By the table of the links; replaced whole.
_watched: dict[type[Model], _Links] = {}


def watch_links(models: Iterable[type[Model]], receivers: Collection[ModelReceiver]) -> None:
    """Connect the many-to-many fields of ``models`` that ``receivers`` name, and no others."""
    global _watched  # noqa: PLW0603 - one table, replaced whole
    for through in _watched:
        m2m_changed.disconnect(sender=through, dispatch_uid=_UID)
    _watched = {
        _table_of(field): _Links(field=field, receivers=mine)
        for model in models
        for field in model._meta.local_many_to_many
        if (mine := tuple(receiver for receiver in receivers if _names(receiver, field)))
    }
    for through in _watched:
        m2m_changed.connect(_changed, sender=through, dispatch_uid=_UID)


def _table_of(field: AnyManyToMany) -> type[Model]:
    table = field.remote_field.through
    if table is None:
        raise RuntimeError(f"{field} is used before the applications are loaded")
    return table


def _names(receiver: ModelReceiver, field: AnyManyToMany) -> bool:
    if receiver.field != field.name:
        return False
    found = receiver.found_model
    return issubclass(field.model, found) or (issubclass(found, field.model) and not found._meta.abstract)


def _changed(
    sender: type[Model],
    instance: Model,
    action: str,
    *,
    reverse: bool,
    pk_set: set[Any] | None,
    using: str,
    **kwargs: Any,
) -> None:
    links = _watched[sender]
    if is_muted(links.field.model):
        return
    if action in {"pre_remove", "pre_clear"}:
        # Afterwards nobody could tell which of them were linked.
        vars(instance)[_GOING] = _linked(links.field, instance, pk_set, reverse=reverse, using=using)
    elif action in {"post_remove", "post_clear"}:
        going = vars(instance).pop(_GOING, frozenset())
        _tell(links, instance, going, lambda keys: LinkChange(removed=keys), reverse=reverse, using=using)
    elif action == "post_add":
        added = frozenset(pk_set or ())
        _tell(links, instance, added, lambda keys: LinkChange(added=keys), reverse=reverse, using=using)


def _linked(
    field: AnyManyToMany, instance: Model, keys: set[Any] | None, *, reverse: bool, using: str
) -> frozenset[Any]:
    near, far = field.m2m_field_name(), field.m2m_reverse_field_name()
    if reverse:
        near, far = far, near
    rows = _table_of(field)._base_manager.using(using).filter(**{near: instance.pk})
    if keys is not None:
        rows = rows.filter(**{f"{far}__in": keys})
    return frozenset(rows.values_list(far, flat=True))


def _tell(
    links: _Links,
    instance: Model,
    keys: frozenset[Any],
    change: Callable[[frozenset[Any]], LinkChange],
    *,
    reverse: bool,
    using: str,
) -> None:
    if not keys:
        return
    told: list[tuple[Model, LinkChange]] = [] if reverse else [(instance, change(keys))]
    if reverse or links.field.remote_field.symmetrical:
        others = links.field.model._base_manager.using(using).filter(pk__in=keys).order_by("pk")
        told += [(other, change(frozenset({instance.pk}))) for other in others]
    for each, changed in told:
        for receiver in links.receivers:
            if _is_for(receiver, each):
                receiver.function(each, changed)


def _is_for(receiver: ModelReceiver, instance: Model) -> bool:
    found = receiver.found_model
    return isinstance(instance, found) or found._meta.concrete_model is type(instance)._meta.concrete_model
