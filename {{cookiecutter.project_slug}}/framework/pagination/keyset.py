"""Keyset pagination (https://use-the-index-luke.com/no-offset)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet

from .cursor import Cursor, InvalidCursorError


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysetPage[Row: Model]:
    """Rows, and the cursors of the pages beside them; ``None`` where there is none."""

    items: tuple[Row, ...]
    next: str | None
    previous: str | None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class _Key(NamedTuple):
    field: "Field[Any, Any]"
    descending: bool

    def lookup(self, *, backward: bool) -> str:
        return f"{self.field.attname}__{'lt' if self.descending != backward else 'gt'}"

    def ordering(self, *, backward: bool) -> str:
        return f"{'-' if self.descending != backward else ''}{self.field.attname}"


class KeysetPaginator[Row: Model]:
    """Pages of ``size`` rows of ``queryset``, sorted by fields of its own table.

    ``KeysetPaginator(Order.objects.all(), ["-created_at"]).page(request.GET.get("cursor"))``. Every page costs as
    much as the first if an index begins with these fields; nothing is counted. The primary key is added where no
    field is unique. Raises ``ValueError`` for a field that is unknown or may be null.
    """

    def __init__(self, queryset: QuerySet[Row], ordering: Sequence[str] = ("-pk",), *, size: int = 50) -> None:
        if size < 1:
            raise ValueError(f"A page of {size} rows shows nothing; use a size of 1 or more")
        self.size = size
        self._queryset = queryset
        self._keys = [_key(queryset.model, name) for name in ordering or ["pk"]]
        if not any(key.field.unique for key in self._keys):
            self._keys.append(_key(queryset.model, "-pk" if self._keys[-1].descending else "pk"))
        self._listing = ",".join([queryset.model._meta.label, *(key.ordering(backward=False) for key in self._keys)])

    def page(self, cursor: str | None = None) -> KeysetPage[Row]:
        """Return the page at ``cursor``, or the first one; raises :class:`InvalidCursorError`."""
        begin = self._read(cursor)
        return self._page(list(self._rows(begin)), begin)

    async def apage(self, cursor: str | None = None) -> KeysetPage[Row]:
        """Do what :meth:`page` does, without blocking the event loop."""
        begin = self._read(cursor)
        return self._page([row async for row in self._rows(begin)], begin)

    def _read(self, cursor: str | None) -> Cursor | None:
        return Cursor.read(cursor, self._listing) if cursor else None

    def _rows(self, begin: Cursor | None) -> QuerySet[Row]:
        backward = begin is not None and begin.backward
        rows = self._queryset.order_by(*(key.ordering(backward=backward) for key in self._keys))
        if begin is not None:
            rows = rows.filter(self._beyond(begin))
        # One more tells whether there is another page.
        return rows[: self.size + 1]

    def _beyond(self, begin: Cursor) -> Q:
        try:
            values = [key.field.to_python(text) for key, text in zip(self._keys, begin.values, strict=True)]
        except (ValidationError, ValueError):
            raise InvalidCursorError("This cursor is of an earlier form of the table; begin without one") from None
        lookups = [key.lookup(backward=begin.backward) for key in self._keys]
        beyond, equal = Q(), dict[str, Any]()
        for key, lookup, value in zip(self._keys, lookups, values, strict=True):
            beyond |= Q(**equal, **{lookup: value})
            equal[key.field.attname] = value
        # Without this bound databases do not begin in the middle of the index.
        return Q(**{f"{lookups[0]}e": values[0]}) & beyond

    def _page(self, rows: list[Row], begin: Cursor | None) -> KeysetPage[Row]:
        more, rows = len(rows) > self.size, rows[: self.size]
        backward = begin is not None and begin.backward
        if backward:
            rows.reverse()
        has_next, has_previous = (True, more) if backward else (more, begin is not None)
        return KeysetPage(
            items=tuple(rows),
            next=self._cursor(rows[-1:], begin, backward=False) if has_next else None,
            previous=self._cursor(rows[:1], begin, backward=True) if has_previous else None,
        )

    def _cursor(self, edge: list[Row], begin: Cursor | None, *, backward: bool) -> str | None:
        if edge:
            values = tuple(str(key.field.value_to_string(edge[0])) for key in self._keys)
        elif begin is not None:
            # All rows beyond are gone: the way back starts where this page would have.
            values = begin.values
        else:
            return None
        return Cursor(values=values, backward=backward).sign(self._listing)


def _key(model: type[Model], name: str) -> _Key:
    plain = name.removeprefix("-")
    try:
        field = model._meta.pk if plain == "pk" else model._meta.get_field(plain)
    except FieldDoesNotExist:
        field = None
    if not isinstance(field, Field) or not field.concrete:
        raise ValueError(f"{model.__name__} cannot be paged by {plain!r}: it has no such field in its own table")
    if field.null:
        raise ValueError(f"{model.__name__} cannot be paged by {plain!r}, which may be null: nulls have no order")
    return _Key(field, name.startswith("-"))
