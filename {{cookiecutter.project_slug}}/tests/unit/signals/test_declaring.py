"""What may be declared as an event and a receiver, and what the checks find."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group

from apps.accounts.models import User
from framework.errors import EventError
from framework.signals import InvalidReceiverError, event, on, on_change, on_create
from framework.signals.checks import check_receivers
from framework.signals.events import find_event, type_of

from . import shop
from .shop import Paid


@event
@dataclass(frozen=True)
class Grouped:
    """An event that holds an object."""

    group: Group


@dataclass(frozen=True)
class NotDeclared:
    """A dataclass that is no event."""


class AsyncCallable:
    """An object whose call is async."""

    async def __call__(self, paid: Paid) -> None:
        """Do nothing."""


def hold(grouped: Grouped) -> None:
    """Do nothing."""


def note_any(emitted: Any) -> None:
    """Do nothing."""


def problems() -> list[tuple[str | None, str]]:
    return [(problem.id, problem.msg) for problem in check_receivers(None)]


def test_an_event_is_named_by_its_application() -> None:
    @event
    @dataclass(frozen=True)
    class Moved:
        __module__ = "apps.accounts.events"
        __qualname__ = "Moved"

    assert type_of(Moved).name == "accounts.Moved"
    assert find_event("accounts.Moved").declared is Moved


def test_a_class_that_can_be_changed_after_it_was_emitted_is_refused() -> None:
    @dataclass
    class Loose:
        order: int

    with pytest.raises(EventError, match="must be a frozen dataclass"):
        event(Loose)


def test_a_lambda_a_local_function_a_partial_and_an_async_callable_are_refused() -> None:
    def local(paid: Paid) -> None:
        """Never connected."""

    receivers: list[Callable[[Paid], Any]] = [
        lambda paid: None,
        local,
        functools.partial(shop.notify),
        AsyncCallable(),
    ]
    for receiver in receivers:
        with pytest.raises(InvalidReceiverError, match="write a function at module level"):
            on(Paid, after_commit=True)(receiver)


def test_an_async_receiver_in_the_transaction_is_refused() -> None:
    with pytest.raises(InvalidReceiverError, match="say after_commit=True or durable=True"):
        on(Paid)(shop.push)


def test_a_receiver_is_not_durable_and_after_commit_at_once() -> None:
    with pytest.raises(InvalidReceiverError, match="either"):
        on(Paid, after_commit=True, durable=True)


def test_a_model_that_no_application_has_is_refused() -> None:
    with pytest.raises(InvalidReceiverError, match=r"shop\.note_object watches 'auth\.Nobody', which is no model"):
        on_create("auth.Nobody")(shop.note_object)


def test_the_project_itself_passes_the_checks() -> None:
    assert problems() == []


def test_the_checks_find_receivers_of_what_is_no_event() -> None:
    on(NotDeclared)(note_any)

    assert problems() == [("signals.E001", f"{__name__}.note_any listens to NotDeclared, which is no event.")]


def test_the_checks_find_fields_that_are_no_columns() -> None:
    on_change(Group, "colour")(shop.note_change)
    on_change(User, "groups")(shop.note_change)

    assert [code for code, _ in problems()] == ["signals.E002", "signals.E002"]


def test_the_checks_find_a_receiver_that_is_connected_twice() -> None:
    on(Paid)(shop.notify)
    on(Paid, durable=True)(shop.notify)

    assert problems() == [("signals.E003", "tests.unit.signals.shop.notify receives Paid 2 times.")]


def test_the_checks_find_a_durable_event_that_json_cannot_hold() -> None:
    on(Grouped, durable=True)(hold)

    assert problems() == [
        ("signals.E004", f"{__name__}.Grouped.group cannot be written as JSON, and the event has a durable receiver.")
    ]


def test_the_checks_find_two_events_of_one_name() -> None:
    for module in ("apps.accounts.events", "apps.accounts.news"):
        event(dataclass(frozen=True)(type("Moved", (), {"__module__": module})))

    assert problems() == [("signals.E005", "2 events are called accounts.Moved.")]
