"""Results that depend on models."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, connections, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from framework.cache import cached, dependencies, invalidated, invalidates
from framework.signals import WatchedQuerySet

pytestmark = pytest.mark.usefixtures("database_cache", "watching")


type Names = Callable[[], list[str]]


class RolledBackError(Exception):
    """Raised to roll a transaction back."""


@pytest.fixture
def names(watching: None) -> Names:
    """Return a cached function of the names of all groups."""

    @cached(ttl="1h", key="names", depends_on=[Group])
    def names() -> list[str]:
        return sorted(Group.objects.values_list("name", flat=True))

    return names


def test_a_new_a_changed_and_a_deleted_row_are_seen(names: Names) -> None:
    assert names() == []
    group = Group.objects.create(name="one")
    assert names() == ["one"]
    group.name = "two"
    group.save()
    assert names() == ["two"]
    group.delete()
    assert names() == []


def test_bulk_operations_are_seen(names: Names) -> None:
    groups = WatchedQuerySet[Group](Group)
    assert names() == []
    groups.bulk_create([Group(name="one"), Group(name="two")])
    assert names() == ["one", "two"]
    groups.filter(name="one").update(name="three")
    assert names() == ["three", "two"]
    groups.all().delete()
    assert names() == []


def test_a_rollback_outdates_nothing_and_a_commit_does(names: Names) -> None:
    assert names() == []
    with pytest.raises(RolledBackError), transaction.atomic():
        Group.objects.create(name="one")
        assert names() == ["one"]
        raise RolledBackError
    with CaptureQueriesContext(connection) as queries:
        assert names() == []
    assert not [query for query in queries if "auth_group" in query["sql"]]

    with transaction.atomic():
        Group.objects.create(name="two")
        assert names() == ["two"]
    assert names() == ["two"]


def test_a_row_of_its_own() -> None:
    asked: list[int] = []

    @cached(ttl="1h", key="group:{pk}", depends_on=["auth.Group:{pk}"])
    def name(pk: int) -> str:
        asked.append(pk)
        return Group.objects.get(pk=pk).name

    first, second = Group.objects.create(name="one"), Group.objects.create(name="two")
    assert [name(first.pk), name(second.pk)] == ["one", "two"]
    asked.clear()

    first.name = "three"
    first.save()
    assert [name(first.pk), name(second.pk)] == ["three", "two"]
    assert asked == [first.pk]

    WatchedQuerySet[Group](Group).filter(pk=second.pk).update(name="four")
    assert [name(first.pk), name(second.pk)] == ["three", "four"]
    assert asked == [first.pk, second.pk]


def test_an_operation_on_many_rows_outdates_them_by_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "MOST_ROWS", 2)

    @cached(ttl="1h", key="group:{pk}", depends_on=["auth.Group:{pk}"])
    def name(pk: int) -> str:
        return Group.objects.get(pk=pk).name

    groups = Group.objects.bulk_create(Group(name=f"group {number}") for number in range(5))
    assert [name(group.pk) for group in groups] == [f"group {number}" for number in range(5)]

    WatchedQuerySet[Group](Group).update(name=Concat(F("name"), Value("!")))

    assert [name(group.pk) for group in groups] == [f"group {number}!" for number in range(5)]


def test_links_are_seen() -> None:
    @cached(ttl="1h", key="allowed:{pk}", depends_on=["auth.Group:{pk}"])
    def allowed(pk: int) -> int:
        return Group.objects.get(pk=pk).permissions.count()

    group = Group.objects.create(name="one")
    assert allowed(group.pk) == 0
    group.permissions.add(Permission.objects.all()[0])
    assert allowed(group.pk) == 1


def test_many_saves_in_a_transaction_are_one_write_to_the_cache(names: Names) -> None:
    names()
    told: list[tuple[str, ...]] = []

    def note(tags: tuple[str, ...], **kwargs: object) -> None:
        told.append(tags)

    invalidated.connect(note)
    with transaction.atomic():
        for number in range(5):
            Group.objects.create(name=f"group {number}")
    invalidated.disconnect(note)

    assert told == [("model:auth.Group",)]


def test_what_depends_on_a_row_of_another_database_waits_for_the_commit_there(second_database: str) -> None:
    with connections[second_database].schema_editor() as editor:
        editor.create_model(Group)

    @cached(ttl="1h", key="there", depends_on=[Group])
    def there() -> list[str]:
        return list(Group.objects.using(second_database).values_list("name", flat=True))

    def ask() -> list[str]:
        try:
            return there()
        finally:
            connections[second_database].close()
            connections["default"].close()

    assert there() == []
    with ThreadPoolExecutor(1) as other, transaction.atomic(second_database):
        with transaction.atomic():
            Group.objects.using(second_database).create(name="new")
        # The commit of the other database says nothing about this one.
        assert other.submit(ask).result() == []
        inside = there()
    assert inside == ["new"]
    assert there() == ["new"]


def test_a_function_may_say_what_it_outdates() -> None:
    state = {"a": 1, "b": 1}

    @cached(ttl="1h", key="state:{name}", tags=["state:{name}"])
    def read(name: str) -> int:
        return state[name]

    @invalidates("state:{name}")
    def write(name: str, value: int) -> str:
        state[name] = value
        if value < 0:
            raise ValueError(name)
        return name

    assert [read("a"), read("b")] == [1, 1]
    state["b"] = 2
    assert write("a", 3) == "a"
    assert [read("a"), read("b")] == [3, 1]
    with pytest.raises(ValueError, match="a"):
        write("a", -1)
    assert read("a") == 3


async def test_an_async_function_may_too() -> None:
    state = {"a": 1}

    @cached(ttl="1h", key="state:{name}", tags=["state:{name}"])
    async def read(name: str) -> int:
        return state[name]

    @invalidates("state:{name}")
    async def write(name: str, value: int) -> None:
        state[name] = value

    assert await read("a") == 1
    await write("a", 2)
    assert await read("a") == 2
