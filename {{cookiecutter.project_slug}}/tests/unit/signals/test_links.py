"""Many-to-many links are told from the side that declares the field."""

import pytest
from django.contrib.auth.models import Group, Permission

from apps.accounts.models import User
from framework.signals import LinkChange, muted, on_m2m

from . import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> list[tuple[object, LinkChange]]:
    """Return what a receiver of the permissions of groups is told."""
    shop.seen.clear()
    on_m2m(Group, "permissions")(shop.note_links)
    return shop.seen


@pytest.fixture
def group() -> Group:
    """Return a stored group."""
    return Group.objects.create(name="a")


@pytest.fixture
def permissions() -> list[Permission]:
    """Return three permissions."""
    return list(Permission.objects.order_by("pk")[:3])


def pks(*objects: Group | Permission) -> frozenset[int]:
    return frozenset(each.pk for each in objects)


def test_only_what_was_not_linked_yet_is_added(group: Group, permissions: list[Permission], told: list[object]) -> None:
    group.permissions.add(permissions[0])
    group.permissions.add(*permissions)
    group.permissions.add(*permissions)

    assert told == [
        (group, LinkChange(added=pks(permissions[0]))),
        (group, LinkChange(added=pks(*permissions[1:]))),
    ]


def test_only_what_was_linked_is_removed(group: Group, permissions: list[Permission], told: list[object]) -> None:
    group.permissions.set(permissions[:2])
    told.clear()

    group.permissions.remove(*permissions[1:])
    group.permissions.clear()
    group.permissions.clear()

    assert told == [
        (group, LinkChange(removed=pks(permissions[1]))),
        (group, LinkChange(removed=pks(permissions[0]))),
    ]


def test_set_tells_what_went_and_what_came(group: Group, permissions: list[Permission], told: list[object]) -> None:
    group.permissions.set(permissions[:2])
    told.clear()

    group.permissions.set(permissions[1:])

    assert told == [
        (group, LinkChange(removed=pks(permissions[0]))),
        (group, LinkChange(added=pks(permissions[2]))),
    ]


def test_links_changed_from_the_other_side_are_told_to_this_one(
    group: Group, permissions: list[Permission], told: list[object]
) -> None:
    other = Group.objects.create(name="b")
    permission = permissions[0]

    permission.group_set.add(group, other)
    permission.group_set.remove(other)
    permission.group_set.clear()

    assert told == [
        (group, LinkChange(added=pks(permission))),
        (other, LinkChange(added=pks(permission))),
        (other, LinkChange(removed=pks(permission))),
        (group, LinkChange(removed=pks(permission))),
    ]


def test_a_field_of_an_abstract_parent_is_watched_in_each_child(group: Group) -> None:
    on_m2m("accounts.User", "groups")(shop.note_links)
    user = User.objects.create_user("ada@example.com")
    shop.seen.clear()

    group.user_set.add(user)

    assert shop.seen == [(user, LinkChange(added=pks(group)))]


def test_a_muted_model_is_not_told_of(group: Group, permissions: list[Permission], told: list[object]) -> None:
    with muted(Group):
        group.permissions.set(permissions)
        group.permissions.clear()

    assert told == []
