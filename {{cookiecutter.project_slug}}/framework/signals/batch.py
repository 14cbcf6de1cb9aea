"""Bulk operations, which send no signals in Django: one event for all rows of one call."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from itertools import batched
from typing import Any, Final

from django.db import connections, transaction
from django.db.models import Model, QuerySet

from .lifecycle import batch_receivers

# Well under the 32,766 parameters of one statement on SQLite.
CHUNK: Final = 10_000

# A bulk operation is made of others, which are not told again.
_is_inside: ContextVar[bool] = ContextVar("batch", default=False)


class Operation(StrEnum):
    """What was done to the rows; ``SAVED`` is created or updated, where the database does not tell which."""

    CREATED = "created"
    UPDATED = "updated"
    SAVED = "saved"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that one call wrote: their primary keys, and for an update the names of the fields it set.

    ``is_complete`` is False when the database told only some of the keys, as for new rows with keys of its own
    under ``ignore_conflicts=True``.
    """

    model: type[Model]
    operation: Operation
    keys: tuple[Any, ...]
    fields: tuple[str, ...] = ()
    using: str = "default"
    is_complete: bool = True


class WatchedQuerySet[M: Model](QuerySet[M]):
    """A queryset whose bulk operations reach ``on_bulk`` receivers, in one transaction with them.

    ``objects = WatchedQuerySet.as_manager()``, or as the first base of a queryset of your own. Keys are collected,
    and the rows locked meanwhile, only if somebody listens to the model.
    """

    def bulk_create(
        self,
        objs: Iterable[M],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[M]:
        """Insert objects, and tell of those that were inserted (with ``update_conflicts``: saved)."""
        with self._telling() as using:
            before: set[Any] = set()
            if using and ignore_conflicts:
                objs = list(objs)
                before = set(self._stored(using, [each.pk for each in objs if each.pk is not None]))
            done = super().bulk_create(
                objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
            )
            if using:
                keys = [each.pk for each in done if each.pk is not None]
                operation = Operation.SAVED if update_conflicts else Operation.CREATED
                if ignore_conflicts:
                    keys = [key for key in self._stored(using, keys) if key not in before]
                is_complete = all(each.pk is not None for each in done)
                fields = tuple(update_fields or ())
                self._tell(
                    Batch(
                        model=self.model,
                        operation=operation,
                        keys=tuple(keys),
                        fields=fields,
                        using=using,
                        is_complete=is_complete,
                    )
                )
        return done

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Update ``fields`` of objects, and tell of those whose rows exist."""
        objs, fields = tuple(objs), list(fields)
        with self._telling() as using:
            keys = self._stored(using, [each.pk for each in objs]) if using else []
            done = super().bulk_update(objs, fields, batch_size)
            if using:
                self._tell(_batch(self, Operation.UPDATED, keys, using, tuple(fields)))
        return done

    def update(self, **kwargs: Any) -> int:
        """Update the rows, and tell of them."""
        # What Django refuses, it refuses first.
        if self.query.is_sliced or self.query.combinator:
            return super().update(**kwargs)
        with self._telling() as using:
            if not using:
                return super().update(**kwargs)
            keys = self._locked(using)
            done = sum(super(WatchedQuerySet, rows).update(**kwargs) for rows in self._chunks(keys))
            self._tell(_batch(self, Operation.UPDATED, keys, using, tuple(kwargs)))
        return done

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows, and tell of them."""
        if self.query.is_sliced or self.query.combinator or self.query.distinct_fields or self._fields is not None:  # type: ignore[attr-defined]
            return super().delete()
        with self._telling() as using:
            if not using:
                return super().delete()
            keys = self._locked(using)
            counts: dict[str, int] = {}
            for rows in self._chunks(keys):
                for label, number in super(WatchedQuerySet, rows).delete()[1].items():
                    counts[label] = counts.get(label, 0) + number
            self._tell(_batch(self, Operation.DELETED, keys, using, ()))
        return sum(counts.values()), counts

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    @contextmanager
    def _telling(self) -> Iterator[str]:
        """Yield the database to collect keys from, in a transaction; nothing when nobody listens."""
        if _is_inside.get() or not batch_receivers(self.model):
            yield ""
            return
        self._for_write = True
        token = _is_inside.set(True)
        try:
            with transaction.atomic(using=self.db):
                yield self.db
        finally:
            _is_inside.reset(token)

    def _tell(self, batch: Batch) -> None:
        if not batch.keys and batch.is_complete:
            return
        token = _is_inside.set(False)
        try:
            for function in batch_receivers(self.model):
                function(batch)
        finally:
            _is_inside.reset(token)

    def _locked(self, using: str) -> list[Any]:
        # Around the queryset, since what groups or is distinct cannot be locked.
        chosen = self.using(using).order_by().values("pk")
        rows: QuerySet[Any] = self.model._base_manager.using(using).filter(pk__in=chosen)
        if connections[using].features.has_select_for_update:
            rows = rows.select_for_update(of=("self",) if connections[using].features.has_select_for_update_of else ())
        return list(rows.values_list("pk", flat=True))

    def _chunks(self, keys: Sequence[Any]) -> "Iterator[WatchedQuerySet[M]]":
        for chunk in batched(keys, CHUNK):
            yield self.filter(pk__in=chunk)

    def _stored(self, using: str, keys: Sequence[Any]) -> list[Any]:
        rows: QuerySet[Any] = self.model._base_manager.using(using)
        return [key for chunk in batched(keys, CHUNK) for key in rows.filter(pk__in=chunk).values_list("pk", flat=True)]


def _batch(
    rows: QuerySet[Any], operation: Operation, keys: Sequence[Any], using: str, fields: tuple[str, ...]
) -> Batch:
    return Batch(model=rows.model, operation=operation, keys=tuple(keys), fields=fields, using=using)
