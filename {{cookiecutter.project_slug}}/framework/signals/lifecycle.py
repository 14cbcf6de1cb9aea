"""Model lifecycle: Django's signals as the inlet, field changes by comparing with the row that was loaded.

Receivers run in the transaction around the save or the delete, like any ``post_save`` receiver. A receiver
of a model hears of its proxies and its children too; one of an abstract model, of every model below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from .change import Change
from .links import watch_links
from .model_receivers import ModelReceiver, Moment, follow, model_receivers
from .testing import is_muted
from .tracking import AnyField, changes, remember, track, untrack

_UID: Final = "framework.signals"


@dataclass(frozen=True, slots=True)
class _Plan:
    """The receivers of one concrete model, and the columns somebody watches."""

    created: tuple[Callable[..., Any], ...]
    updated: tuple[Callable[..., Any], ...]
    deleted: tuple[Callable[..., Any], ...]
    changed: tuple[tuple[str, ModelReceiver], ...]
    written: tuple[Callable[..., Any], ...]
    watched: dict[str, AnyField]


# Replaced whole, so that a save reads it without a lock.
_plans: dict[type[Model], _Plan] = {}


def watch() -> None:
    """Connect every model that a receiver names; called first when all applications are loaded.

    Raises :class:`InvalidReceiverError` for a model that does not exist.
    """
    global _plans  # noqa: PLW0603 - one table, replaced whole
    follow(watch)
    for model in _plans:
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
    linked = [receiver for receiver in model_receivers() if receiver.moment is Moment.LINKED]
    watch_links(apps.get_models(include_auto_created=True), linked)


def batch_receivers(model: type[Model]) -> tuple[Callable[..., Any], ...]:
    """Return who listens to bulk operations on ``model``; nobody while it is muted."""
    plan = _plans.get(model)
    return plan.written if plan and plan.written and not is_muted(model) else ()


def _plan(model: type[Model]) -> _Plan | None:
    mine = [receiver for receiver in model_receivers() if issubclass(model, receiver.found_model)]
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
        written=tuple(receiver.function for receiver in mine if receiver.moment is Moment.WRITTEN),
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
    plan = _plans[sender]
    found: dict[str, Change[Any]] = {}
    if plan.watched and created:
        remember(instance, plan.watched, using=using)
    elif plan.watched:
        found = changes(instance, plan.watched, update_fields=update_fields, using=using)
    # A fixture that is being loaded is no event: what it points to may not be there yet.
    if raw or is_muted(sender):
        return
    for function in plan.created if created else plan.updated:
        function(instance)
    for attname, receiver in plan.changed if found else ():
        if attname in found and receiver.wants(found[attname]):
            receiver.function(instance, found[attname])


def _deleted(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    if is_muted(sender):
        return
    for function in _plans[sender].deleted:
        function(instance)
