"""Bulk operations are told once, with the keys of the rows they wrote."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.db.models import Count, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from framework.signals import Batch, Operation, WatchedQuerySet, muted, on_bulk, on_delete

from . import shop
from .shop import VetoError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told() -> list[Batch]:
    """Return the batches that a receiver is told of."""
    shop.seen.clear()
    on_bulk(Group)(shop.note)
    return shop.seen


@pytest.fixture
def groups() -> WatchedQuerySet[Group]:
    """Return the groups, three of them stored."""
    Group.objects.bulk_create(Group(name=name) for name in "abc")
    return WatchedQuerySet(Group)


def keys(*names: str) -> tuple[int, ...]:
    return tuple(Group.objects.filter(name__in=names).order_by("pk").values_list("pk", flat=True))


def test_bulk_create_tells_of_all_rows_at_once(groups: WatchedQuerySet[Group], told: list[Batch]) -> None:
    groups.bulk_create([Group(name="d"), Group(name="e")])

    assert told == [Batch(model=Group, operation=Operation.CREATED, keys=keys("d", "e"))]


def test_bulk_create_that_ignores_conflicts_tells_of_what_was_new(
    groups: WatchedQuerySet[Group], told: list[Batch]
) -> None:
    [first] = keys("a")

    groups.bulk_create(
        [Group(pk=first, name="a"), Group(pk=901, name="b"), Group(pk=902, name="d")], ignore_conflicts=True
    )

    assert told == [Batch(model=Group, operation=Operation.CREATED, keys=(902,))]


def test_keys_that_the_database_did_not_tell_make_a_batch_incomplete(
    groups: WatchedQuerySet[Group], told: list[Batch]
) -> None:
    groups.bulk_create([Group(name="d")], ignore_conflicts=True)

    assert [(batch.keys, batch.is_complete) for batch in told] == [((), False)]


def test_bulk_create_that_updates_conflicts_tells_of_what_was_saved(
    groups: WatchedQuerySet[Group], told: list[Batch]
) -> None:
    groups.bulk_create(
        [Group(name="a"), Group(name="d")], update_conflicts=True, update_fields=["name"], unique_fields=["name"]
    )

    [batch] = told
    assert (batch.operation, sorted(batch.keys), batch.fields) == (Operation.SAVED, sorted(keys("a", "d")), ("name",))


def test_bulk_update_tells_of_the_rows_there_are(groups: WatchedQuerySet[Group], told: list[Batch]) -> None:
    first, second = Group.objects.filter(name__in="ab").order_by("pk")
    first.name, second.name = "x", "y"

    assert groups.bulk_update([first, second, Group(pk=999, name="z")], ["name"], batch_size=1) == 2

    assert told == [Batch(model=Group, operation=Operation.UPDATED, keys=(first.pk, second.pk), fields=("name",))]


def test_update_tells_of_the_rows_it_matched(groups: WatchedQuerySet[Group], told: list[Batch]) -> None:
    wanted = keys("a", "c")

    # The update changes what the filter looks at.
    assert groups.exclude(name="b").update(name=Concat(Value("b"), "name")) == 2

    [batch] = told
    assert (batch.operation, sorted(batch.keys), batch.fields) == (Operation.UPDATED, sorted(wanted), ("name",))


def test_delete_tells_of_the_rows_besides_each_objects_own_signal(
    groups: WatchedQuerySet[Group], told: list[Batch]
) -> None:
    on_delete(Group)(shop.note_object)
    wanted = keys("a", "b")

    assert groups.filter(name__in="ab").delete() == (2, {"auth.Group": 2})

    *objects, batch = told
    assert {str(each) for each in objects} == {str(("Group", key)) for key in wanted}
    assert (batch.operation, sorted(batch.keys)) == (Operation.DELETED, list(wanted))


def test_nothing_matched_is_no_event(groups: WatchedQuerySet[Group], told: list[Batch]) -> None:
    assert groups.filter(name="none").update(name="x") == 0
    assert groups.filter(name="none").delete()[0] == 0
    groups.bulk_create([])
    groups.bulk_update([], ["name"])

    assert told == []


def test_a_receiver_that_raises_takes_the_operation_back(groups: WatchedQuerySet[Group]) -> None:
    on_bulk(Group)(shop.refuse_batch)

    with pytest.raises(VetoError):
        groups.update(name=Concat(Value("x"), "name"))

    assert keys("a", "b", "c") == tuple(Group.objects.order_by("pk").values_list("pk", flat=True))


def test_without_listeners_no_key_is_collected(groups: WatchedQuerySet[Group]) -> None:
    with CaptureQueriesContext(connection) as queries:
        groups.filter(name="a").update(name="x")
        groups.bulk_create([Group(name="d")])

    statements = [query["sql"].split()[0] for query in queries]
    assert [each for each in statements if each in {"SELECT", "UPDATE", "INSERT"}] == ["UPDATE", "INSERT"]


def test_a_muted_model_is_not_told_of(groups: WatchedQuerySet[Group], told: list[Batch]) -> None:
    with muted(Group):
        groups.update(name=Concat(Value("x"), "name"))

    assert told == []


def test_another_bulk_operation_inside_a_receiver_is_told_too(
    groups: WatchedQuerySet[Group], told: list[Batch]
) -> None:
    on_bulk(Permission)(shop.rename_groups)

    WatchedQuerySet(Permission).filter(codename="add_group").update(name="x")

    assert [batch.model for batch in told] == [Group]


def test_what_django_refuses_is_refused_as_ever(groups: WatchedQuerySet[Group], told: list[Batch]) -> None:
    with pytest.raises(TypeError, match="slice"):
        groups[:1].update(name="x")
    with pytest.raises(TypeError, match="limit"):
        groups[:1].delete()
    with pytest.raises(TypeError, match="values"):
        groups.values("name").delete()


def test_a_queryset_that_cannot_be_locked_itself_is_told_as_well(
    groups: WatchedQuerySet[Group], told: list[Batch]
) -> None:
    groups.annotate(number=Count("permissions")).filter(number=0, name__in="ab").update(name=Concat(Value("x"), "name"))
    groups.filter(name="c").distinct().delete()

    assert [(batch.operation, len(batch.keys)) for batch in told] == [("updated", 2), ("deleted", 1)]


@pytest.mark.asyncio
async def test_async_operations_are_told(groups: WatchedQuerySet[Group], told: list[Batch]) -> None:
    await groups.filter(name="a").aupdate(name="x")
    await groups.abulk_create([Group(name="d")])
    await groups.filter(name="x").adelete()

    assert [batch.operation for batch in told] == ["updated", "created", "deleted"]


def test_a_rolled_back_operation_tells_inside_its_transaction_only(
    groups: WatchedQuerySet[Group], told: list[Batch]
) -> None:
    with pytest.raises(VetoError), transaction.atomic():
        groups.filter(name="a").update(name="x")
        raise VetoError

    # As post_save does; what must only follow a commit is emitted as an event.
    assert len(told) == 1
