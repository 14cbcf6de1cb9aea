"""Receivers of what happens to models."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.db.models.signals import post_delete, post_init, post_save, pre_save

from framework.signals import UNKNOWN, Change, lifecycle, on_change, on_create, on_delete, on_update

from . import sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget(heard: list[object]) -> Iterator[None]:
    refresh = Group.refresh_from_db
    yield
    Group.refresh_from_db = refresh  # type: ignore[method-assign]
    for table in (lifecycle._created, lifecycle._updated, lifecycle._deleted, lifecycle._changed):
        table.pop(Group, None)
    for signal in (post_init, pre_save, post_save, post_delete):
        signal.disconnect(sender=Group, dispatch_uid="framework.signals")


def test_create_update_and_delete_are_heard(heard: list[object]) -> None:
    on_create(Group)(sample.note_group)
    on_delete("auth.Group")(sample.note_group)
    lifecycle.watch()

    group = Group.objects.create(name="one")
    group.name = "two"
    group.save()
    group.delete()

    assert heard == ["one", "two"]


def test_an_update_is_not_a_creation(heard: list[object]) -> None:
    on_update(Group)(sample.note_group)
    lifecycle.watch()

    group = Group.objects.create(name="one")
    group.save()

    assert heard == ["one"]


def test_a_change_knows_old_and_new(heard: list[object]) -> None:
    on_change(Group, "name")(sample.note_change)
    lifecycle.watch()
    Group.objects.create(name="one")

    group = Group.objects.get()
    group.name = "two"
    group.save()
    group.save()

    assert heard == [Change("one", "two")]


def test_a_change_can_be_narrowed_to_values(heard: list[object]) -> None:
    on_change(Group, "name", from_="one", to="two")(sample.note_change)
    lifecycle.watch()
    group = Group.objects.create(name="one")

    for name in ("three", "one", "two"):
        group.name = name
        group.save()

    assert heard == [Change("one", "two")]


def test_a_field_left_out_of_update_fields_did_not_change(heard: list[object]) -> None:
    on_change(Group, "name")(sample.note_change)
    lifecycle.watch()
    group = Group.objects.create(name="one")

    group.name = "two"
    group.save(update_fields=[])

    assert heard == []


def test_a_deferred_field_has_an_unknown_old_value(heard: list[object]) -> None:
    on_change(Group, "name")(sample.note_change)
    lifecycle.watch()
    Group.objects.create(name="one")

    group = Group.objects.defer("name").get()
    group.name = "two"
    group.save()

    assert heard == [Change(UNKNOWN, "two")]


def test_an_expression_has_an_unknown_new_value(heard: list[object]) -> None:
    on_change(Group, "name")(sample.note_change)
    lifecycle.watch()
    group = Group.objects.create(name="one")

    group.name = Concat(F("name"), Value("!"))
    group.save()

    assert heard == [Change("one", UNKNOWN)]


def test_a_refreshed_object_compares_with_what_it_read(heard: list[object]) -> None:
    on_change(Group, "name")(sample.note_change)
    lifecycle.watch()
    group = Group.objects.create(name="one")
    Group.objects.update(name="two")

    group.refresh_from_db()
    group.save()

    assert heard == []


def test_models_nobody_watches_are_left_alone() -> None:
    lifecycle.watch()

    assert "_watched_values" not in vars(Group.objects.create(name="one"))
