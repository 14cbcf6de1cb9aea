"""Changes are told alike by whichever way of Django's an object was read and saved, on whichever database."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import connections, transaction
from django.db.models import FETCH_PEERS

from framework.signals import Batch, WatchedQuerySet, on_bulk, on_change, on_create

from . import shop
from .shop import VetoError, seen

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "other"
on_both = pytest.mark.django_db(transaction=True, databases=["default", OTHER])


def note_batch(batch: Batch) -> None:
    seen.append((batch.operation, batch.using))


@pytest.fixture(autouse=True)
def watched() -> None:
    on_change(Group, "name")(shop.note_change)


@pytest.fixture(scope="module")
def second_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Know a second database before a test asks which ones it may use."""
    connections.settings[OTHER] = {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path_factory.mktemp("database") / "other.sqlite3"),
        "OPTIONS": {},
    }
    yield
    connections[OTHER].close()
    del connections[OTHER]
    del connections.settings[OTHER]


@pytest.fixture
def other(second_database: None) -> Iterator[str]:
    """Return the alias of the second database, where groups have a table."""
    with connections[OTHER].schema_editor() as editor:
        editor.create_model(Group)
    yield OTHER
    with connections[OTHER].schema_editor() as editor:
        editor.delete_model(Group)


def rename(group: Group, name: str) -> None:
    group.name = name
    group.save()


def test_a_row_locked_with_select_for_update() -> None:
    Group.objects.create(name="one")

    with transaction.atomic():
        rename(Group.objects.select_for_update().get(), "two")

    assert seen == [("one", "two")]


def test_get_or_create_tells_of_a_creation_and_remembers_what_it_got() -> None:
    on_create(Group)(shop.note_object)

    made, _ = Group.objects.get_or_create(name="one")
    rename(made, "two")
    got, _ = Group.objects.get_or_create(name="two")
    rename(got, "three")

    assert seen == [("Group", made.pk), ("one", "two"), ("two", "three")]


def test_update_or_create_of_one_object() -> None:
    made, _ = Group.objects.update_or_create(name="one")
    Group.objects.update_or_create(pk=made.pk, defaults={"name": "two"})

    assert seen == [("one", "two")]


def test_several_saves_in_one_transaction_are_told_one_by_one_also_there_and_back() -> None:
    group = Group.objects.create(name="one")

    with transaction.atomic():
        rename(group, "two")
        rename(group, "one")

    assert seen == [("one", "two"), ("two", "one")]


def test_two_objects_of_one_row_compare_each_with_what_it_read() -> None:
    Group.objects.create(name="one")
    first, second = Group.objects.get(), Group.objects.get()

    rename(first, "two")
    rename(second, "three")

    assert seen == [("one", "two"), ("one", "three")]


@pytest.mark.parametrize("read", ["only", "defer", "peers"])
def test_objects_read_in_part_or_with_their_peers(read: str) -> None:
    Group.objects.create(name="one")
    groups = {
        "only": Group.objects.only("name"),
        "defer": Group.objects.defer("name"),
        "peers": Group.objects.all().fetch_mode(FETCH_PEERS),
    }[read]

    group = groups.get()
    assert group.name == "one"
    rename(group, "two")

    assert seen == [("one", "two")]


@on_both
def test_another_database_has_a_transaction_of_its_own(other: str) -> None:
    group = Group.objects.using(other).create(name="one")

    # The rollback of one database is none of the other's.
    with pytest.raises(VetoError), transaction.atomic():
        rename(group, "two")
        raise VetoError
    rename(group, "three")
    with pytest.raises(VetoError), transaction.atomic(using=other):
        rename(group, "four")
        raise VetoError
    rename(group, "five")

    assert seen == [("one", "two"), ("two", "three"), ("three", "four"), ("three", "five")]
    assert [found.name for found in Group.objects.using(other)] == ["five"]
    assert not Group.objects.exists()


@on_both
def test_a_batch_says_which_database_it_was(other: str) -> None:
    on_bulk(Group)(note_batch)

    WatchedQuerySet[Group](Group, using=other).bulk_create([Group(name="one")])

    assert seen == [("created", other)]
