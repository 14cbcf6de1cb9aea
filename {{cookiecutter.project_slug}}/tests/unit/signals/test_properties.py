"""Any sequence of saves, bulk operations, savepoints and rollbacks: every change is told, and nothing else is.

After each step the events of the step are compared with the difference it made to the rows; after each commit,
what receivers handed to ``on_commit`` is compared with the events of the steps that were not rolled back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from hypothesis import given, settings, strategies as st

from apps.accounts.models import User
from framework.signals import (
    UNKNOWN,
    Batch,
    Change,
    Operation,
    WatchedQuerySet,
    on_bulk,
    on_change,
    on_create,
    on_delete,
    temporary_receivers,
)

FIELDS = ("name", "is_staff")

type Row = dict[str, Any]
type Rows = dict[int, Row]
type Told = tuple[str, Any, Any]

#: What the receivers of the present example call.
_tell: list[Callable[[Told], None]] = []


class RolledBackError(Exception):
    """Ends a block that must not last."""


def created(user: User) -> None:
    _tell[-1](("created", user.pk, None))


def deleted(user: User) -> None:
    _tell[-1](("deleted", user.pk, None))


def renamed(user: User, change: Change[str]) -> None:
    _tell[-1](("name", user.pk, change))


def promoted(user: User, change: Change[bool]) -> None:
    _tell[-1](("is_staff", user.pk, change))


def written(batch: Batch) -> None:
    _tell[-1](("batch", batch, None))


VALUES = {"name": st.sampled_from(["", "a", "b", "c"]), "is_staff": st.booleans()}
INDEX = st.integers(0, 2)
KEYS = st.lists(INDEX, max_size=3, unique=True)
SETTING = st.sampled_from(FIELDS).flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))
SAVE = st.tuples(st.just("save"), INDEX, SETTING, st.sampled_from([None, None, "same", "other"]))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), VALUES["name"]),
        SAVE,
        SAVE,
        SAVE,
        st.tuples(st.just("append"), INDEX),
        st.tuples(st.just("delete"), INDEX),
        st.tuples(st.just("update"), KEYS, SETTING),
        st.tuples(st.just("bulk_create"), st.integers(0, 3)),
        st.tuples(st.just("bulk_update"), KEYS, SETTING),
        st.tuples(st.just("delete_many"), KEYS),
        st.tuples(st.just("upsert"), KEYS, VALUES["name"]),
        st.tuples(st.just("begin")),
        st.tuples(st.just("begin")),
        st.tuples(st.just("commit")),
        st.tuples(st.just("rollback")),
        st.tuples(st.just("rollback")),
    ),
    # Without it Hypothesis draws five steps on average.
    min_size=12,
    max_size=40,
)


@dataclass
class Block:
    """A transaction or a savepoint, its events, and whether objects were read again in it."""

    atomic: transaction.Atomic
    events: list[Told] = field(default_factory=list)
    has_refreshed: bool = False


class Shop:
    """The rows as the database has them, objects that are held over steps, and the events so far."""

    def __init__(self) -> None:
        self.users: WatchedQuerySet[User] = WatchedQuerySet(User).order_by("pk")
        self.held: dict[int, User] = {}
        self.blocks: list[Block] = []
        self.step: list[Told] = []
        self.lasting: list[Told] = []
        self.committed: list[Told] = []
        self.number = 0

    def tell(self, event: Told) -> None:
        self.step.append(event)
        transaction.on_commit(partial(self.committed.append, event))

    def rows(self) -> Rows:
        return {row["pk"]: row for row in User.objects.values("pk", *FIELDS)}

    def run(self, name: str, *arguments: Any) -> None:
        before = self.rows()
        self.step = []
        getattr(self, name)(*arguments)
        if name in {"begin", "commit", "rollback"}:
            return
        explain(before, self.rows(), self.step)
        (self.blocks[-1].events if self.blocks else self.lasting).extend(self.step)

    def new(self, name: str = "") -> User:
        self.number += 1
        return User(email=f"{self.number}@example.com", name=name)

    def create(self, name: str) -> None:
        user = self.new(name)
        user.save()
        self.held[user.pk] = user

    def save(self, index: int, setting: tuple[str, Any], only: str | None) -> None:
        for user in self._hold(index):
            name, value = setting
            setattr(user, name, value)
            other = FIELDS[1 - FIELDS.index(name)]
            user.save(update_fields=None if only is None else [name if only == "same" else other])

    def append(self, index: int) -> None:
        for user in self._hold(index):
            user.name = Concat(F("name"), Value("x"))
            user.save()
            self._refresh()

    def delete(self, index: int) -> None:
        for user in self._hold(index):
            self.held.pop(user.pk)
            user.delete()

    def update(self, indexes: list[int], setting: tuple[str, Any]) -> None:
        self._chosen(indexes).update(**dict([setting]))
        self._refresh()

    def bulk_create(self, number: int) -> None:
        self.users.bulk_create([self.new() for _ in range(number)])

    def bulk_update(self, indexes: list[int], setting: tuple[str, Any]) -> None:
        users = list(self._chosen(indexes))
        for user in users:
            setattr(user, *setting)
        self.users.bulk_update(users, [setting[0]])
        self._refresh()

    def delete_many(self, indexes: list[int]) -> None:
        self._chosen(indexes).delete()
        self._refresh()

    def upsert(self, indexes: list[int], name: str) -> None:
        users = [User(email=user.email, name=name) for user in self._chosen(indexes)] + [self.new(name)]
        self.users.bulk_create(users, update_conflicts=True, update_fields=["name"], unique_fields=["email"])
        self._refresh()

    def begin(self) -> None:
        block = Block(transaction.atomic())
        block.atomic.__enter__()
        self.blocks.append(block)

    def commit(self) -> None:
        if self.blocks:
            block = self.blocks.pop()
            block.atomic.__exit__(None, None, None)
            (self.blocks[-1].events if self.blocks else self.lasting).extend(block.events)
            if self.blocks:
                self.blocks[-1].has_refreshed |= block.has_refreshed
            self._compare()

    def rollback(self) -> None:
        if self.blocks:
            block = self.blocks.pop()
            block.atomic.__exit__(RolledBackError, RolledBackError(), None)
            # Objects are kept as they are, with what they wrote and the row holds no more. Only where they have read
            # what a bulk operation wrote in this block they must look again.
            present = self.rows()
            self.held = {key: user for key, user in self.held.items() if key in present}
            if block.has_refreshed:
                self._refresh()
            self._compare()

    def end(self) -> None:
        while self.blocks:
            self.commit()
        self._compare()

    def _compare(self) -> None:
        if not self.blocks:
            assert self.committed == self.lasting

    def _hold(self, index: int) -> list[User]:
        keys = sorted(self.rows())
        if index >= len(keys):
            return []
        key = keys[index]
        if key not in self.held:
            self.held[key] = User.objects.get(pk=key)
        return [self.held[key]]

    def _chosen(self, indexes: list[int]) -> WatchedQuerySet[User]:
        keys = sorted(self.rows())
        return self.users.filter(pk__in=[keys[index] for index in indexes if index < len(keys)])

    def _refresh(self) -> None:
        """Look again, as code must that works beside bulk operations."""
        present = self.rows()
        self.held = {key: user for key, user in self.held.items() if key in present}
        for user in self.held.values():
            user.refresh_from_db()
        if self.blocks:
            self.blocks[-1].has_refreshed = True


def explain(before: Rows, after: Rows, events: list[Told]) -> None:
    """Fail unless the events are true, and tell of every difference."""
    told: set[tuple[int, str]] = set()
    for kind, subject, change in events:
        if kind == "batch":
            told |= told_by(subject, before, after)
        elif kind == "created":
            assert subject not in before
            assert subject in after
            told.add((subject, "row"))
        elif kind == "deleted":
            assert subject in before
            assert subject not in after
            told.add((subject, "row"))
        else:
            assert change.old == before[subject][kind]
            assert change.new in (after[subject][kind], UNKNOWN)
            assert change.old != change.new
            told.add((subject, kind))
    assert len(events) == len({repr(event) for event in events})
    assert difference(before, after) <= told


def told_by(batch: Batch, before: Rows, after: Rows) -> set[tuple[int, str]]:
    keys = set(batch.keys)
    assert keys
    assert batch.is_complete
    if batch.operation is Operation.CREATED:
        assert keys == after.keys() - before.keys()
    elif batch.operation is Operation.DELETED:
        assert keys == before.keys() - after.keys()
    elif batch.operation is Operation.UPDATED:
        assert keys <= before.keys() & after.keys()
        return {(key, name) for key in keys for name in batch.fields}
    else:
        assert keys <= after.keys()
        return {(key, name) for key in keys for name in ("row", *batch.fields)}
    return {(key, "row") for key in keys}


def difference(before: Rows, after: Rows) -> set[tuple[int, str]]:
    rows = {(key, "row") for key in before.keys() ^ after.keys()}
    shared = before.keys() & after.keys()
    return rows | {(key, name) for key in shared for name in FIELDS if before[key][name] != after[key][name]}


@pytest.mark.django_db(transaction=True)
@settings(max_examples=100)
@given(steps=STEPS)
def test_every_change_is_told_and_nothing_else(steps: list[tuple[Any, ...]]) -> None:
    User.objects.all().delete()
    with temporary_receivers():
        on_create(User)(created)
        on_delete(User)(deleted)
        on_change(User, "name")(renamed)
        on_change(User, "is_staff")(promoted)
        on_bulk(User)(written)
        shop = Shop()
        _tell.append(shop.tell)
        try:
            for step in (("create", "a"), ("create", "b"), *steps):
                shop.run(*step)
            shop.end()
        finally:
            while shop.blocks:
                shop.blocks.pop().atomic.__exit__(RolledBackError, RolledBackError(), None)
            _tell.pop()
