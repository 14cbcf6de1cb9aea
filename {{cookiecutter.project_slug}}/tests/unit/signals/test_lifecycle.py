"""Receivers of what happens to models."""

import copy
import pickle

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.core import serializers
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.db.models.signals import post_save
from django.utils import timezone

from apps.accounts.models import User
from framework.signals import UNKNOWN, Change, muted, on_change, on_create, on_delete, on_update, temporary_receivers
from framework.tasks.models import Task

from . import shop
from .shop import VetoError, seen

pytestmark = pytest.mark.django_db(transaction=True)


class ChangeVetoError(Exception):
    """Raised by a receiver that refuses a change."""


def refuse(group: Group, change: Change[str]) -> None:
    raise ChangeVetoError(change.new)


@pytest.fixture
def group() -> Group:
    """Return a stored group whose name is watched."""
    on_change(Group, "name")(shop.note_change)
    Group.objects.create(name="one")
    return Group.objects.get()


def rename(group: Group, name: object) -> None:
    group.name = name  # type: ignore[assignment]  # expressions, too
    group.save()


def test_create_update_and_delete_are_heard() -> None:
    on_create(Group)(shop.note_object)
    on_update("auth.Group")(shop.note_object)
    on_delete(Group)(shop.note_object)

    group = Group.objects.create(name="one")
    key = group.pk
    group.save()
    group.delete()

    assert seen == [("Group", key)] * 3


def test_a_change_knows_old_and_new_and_is_told_once(group: Group) -> None:
    rename(group, "two")
    group.save()
    rename(group, "three")

    assert seen == [("one", "two"), ("two", "three")]


def test_a_new_object_changes_nothing_and_its_next_save_does() -> None:
    on_change(Group, "name")(shop.note_change)

    group = Group.objects.create(name="one")
    rename(group, "two")

    assert seen == [("one", "two")]


def test_a_change_can_be_narrowed_to_values() -> None:
    on_change(Group, "name", from_="one", to="two")(shop.note_change)
    group = Group.objects.create(name="one")

    for name in ("three", "one", "two"):
        rename(group, name)

    assert seen == [("one", "two")]


def test_a_field_left_out_of_update_fields_did_not_change_yet(group: Group) -> None:
    user = User.objects.create(email="a@example.com", name="A")
    on_change(User, "name")(shop.note_change)
    on_change(User, "is_staff")(shop.note_change)

    user.name, user.is_staff = "B", True
    user.save(update_fields=["is_staff"])
    first = list(seen)
    user.save(update_fields={"name"})

    # The user was made before anybody watched, so what the row held is not known.
    assert first == [(UNKNOWN, True)]
    assert seen[1:] == [(UNKNOWN, "B")]


def test_a_foreign_key_is_watched_by_its_id() -> None:
    on_change("auth.Permission", "content_type")(shop.note_change)
    first, second = ContentType.objects.get_for_model(Group), ContentType.objects.get_for_model(User)
    permission = Permission.objects.create(name="p", codename="p", content_type=first)

    permission.content_type = second
    permission.save()

    assert seen == [(first.pk, second.pk)]


def test_an_expression_is_told_with_the_value_the_database_returned(group: Group) -> None:
    rename(group, Concat(F("name"), Value("!")))

    assert seen == [("one", "one!")]


def test_an_expression_whose_value_is_not_returned_is_unknown(group: Group) -> None:
    user = User.objects.create(email="a@example.com", name="A")
    on_change(User, "name")(shop.note_change)
    user.refresh_from_db()

    user.name = Concat(F("name"), Value("!"))
    post_save.send(User, instance=user, created=False, using="default", raw=False, update_fields=None)

    assert seen == [("A", UNKNOWN)]


def test_a_deferred_field_that_is_set_has_an_unknown_old_value(group: Group) -> None:
    rename(Group.objects.defer("name").get(), "two")

    assert seen == [(UNKNOWN, "two")]


def test_a_deferred_field_that_is_read_or_left_alone_did_not_change(group: Group) -> None:
    untouched, read = Group.objects.defer("name").get(), Group.objects.defer("name").get()

    untouched.save()
    assert read.name == "one"
    read.save()
    rename(read, "two")

    assert seen == [("one", "two")]


def test_a_refresh_is_the_new_point_of_comparison(group: Group) -> None:
    Group.objects.update(name="two")

    group.refresh_from_db()
    group.save()
    rename(group, "three")

    assert seen == [("two", "three")]


def test_a_refresh_of_another_field_keeps_the_edit_in_memory(group: Group) -> None:
    group.name = "two"
    group.refresh_from_db(fields=["id"])
    group.save()

    assert seen == [("one", "two")]


def test_the_same_value_in_another_type_is_no_change() -> None:
    on_change(Task, "attempts")(shop.note_change)
    on_change(Task, "id")(shop.note_change)
    Task.objects.create(id="00000000-0000-0000-0000-000000000001", actor="a", queue="q")
    task = Task.objects.get()

    task.id = str(task.id)
    task.attempts = "0"
    task.save()

    assert seen == []


def test_json_that_is_edited_in_place_changed() -> None:
    on_change(Task, "context")(shop.note_change)
    Task.objects.create(id="00000000-0000-0000-0000-000000000001", actor="a", queue="q", context={"a": [1]})
    task = Task.objects.get()

    task.context["a"].append(2)
    task.save()
    task.context["a"].append(3)
    task.save()

    assert seen == [({"a": [1]}, {"a": [1, 2]}), ({"a": [1, 2]}, {"a": [1, 2, 3]})]


def test_after_a_rollback_the_change_is_told_again(group: Group) -> None:
    with pytest.raises(VetoError), transaction.atomic():
        rename(group, "two")
        raise VetoError

    group.save()

    assert seen == [("one", "two"), ("one", "two")]


def test_a_rolled_back_savepoint_takes_only_its_own_save_back(group: Group) -> None:
    with transaction.atomic():
        rename(group, "two")
        rename(group, "three")
        with pytest.raises(VetoError), transaction.atomic():
            rename(group, "four")
            raise VetoError
        rename(group, "five")
    rename(group, "six")

    assert seen == [("one", "two"), ("two", "three"), ("three", "four"), ("three", "five"), ("five", "six")]


def test_a_veto_of_a_change_takes_it_back(group: Group) -> None:
    on_change(Group, "name", to="bad")(refuse)

    with pytest.raises(ChangeVetoError), transaction.atomic():
        rename(group, "bad")
    rename(group, "good")

    assert seen == [("one", "bad"), ("one", "good")]
    assert Group.objects.get().name == "good"


def test_a_copied_or_pickled_object_has_a_memory_of_its_own(group: Group) -> None:
    with transaction.atomic():
        rename(group, "two")
        copies = [copy.copy(group), copy.deepcopy(group), pickle.loads(pickle.dumps(group))]  # noqa: S301 - our own
    for number, other in enumerate(copies):
        Group.objects.update(name="two")
        rename(other, f"copy {number}")

    assert seen[1:] == [("two", "copy 0"), ("two", "copy 1"), ("two", "copy 2")]


def test_a_receiver_of_an_abstract_model_hears_of_those_below() -> None:
    on_create(AbstractBaseSession)(shop.note_object)
    on_delete(AbstractBaseSession)(shop.note_object)

    Session.objects.create(session_key="k", session_data="", expire_date=timezone.now()).delete()

    assert seen == [("Session", "k"), ("Session", "k")]


def test_muted_models_tell_nothing_and_stay_tracked(group: Group) -> None:
    with muted(Group):
        rename(group, "two")
    rename(group, "three")

    assert seen == [("two", "three")]


def test_a_fixture_that_is_loaded_is_no_event() -> None:
    on_create(Group)(shop.note_object)
    data = '[{"model": "auth.group", "pk": 7, "fields": {"name": "seven"}}]'

    for loaded in serializers.deserialize("json", data):
        loaded.save()

    assert Group.objects.get().pk == 7
    assert seen == []


def test_models_nobody_watches_are_left_as_django_made_them() -> None:
    methods = [(model, name) for model in (Group, User) for name in ("from_db", "refresh_from_db")]
    before = [vars(model).get(name) for model, name in methods]

    with temporary_receivers():
        on_change(Group, "name")(shop.note_change)
        assert "from_db" in vars(Group)
    group = Group.objects.create(name="one")

    assert [vars(model).get(name) for model, name in methods] == before
    assert not [name for name in vars(group) if name.startswith("_watched")]
