"""Events as JSON, and back."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from django.contrib.auth.models import Group

from framework.signals import StoredEventError, UnserializableEventError, event
from framework.signals.events import type_of
from framework.signals.payload import decode, encode, unserializable_field


class Size(Enum):
    """An enumeration that is no string."""

    SMALL = 1
    LARGE = 2


@dataclass(frozen=True)
class Line:
    """A dataclass inside an event."""

    price: Decimal
    size: Size


@event(version=2)
@dataclass(frozen=True, slots=True)
class Everything:
    """One field of each kind."""

    number: int
    share: float
    text: str
    flag: bool
    nothing: str | None
    price: Decimal
    at: datetime
    day: date
    clock: time
    span: timedelta
    key: UUID
    size: Size
    line: Line
    tags: tuple[str, ...]
    lines: list[Line]
    counts: dict[str, int]
    added: str = "later"


@event
@dataclass(frozen=True)
class Loose:
    """Fields that promise too little, or what JSON cannot do."""

    number: int = 0
    anything: object = None
    group: Group | None = field(default=None)


@event
@dataclass(frozen=True)
class Number:
    """A single number."""

    number: int = 0


WHOLE = Everything(
    number=2**70,
    share=0.1,
    text="naïve ☃",
    flag=True,
    nothing=None,
    price=Decimal("19.90"),
    at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    day=date(2026, 1, 2),
    clock=time(3, 4, 5),
    span=timedelta(days=-1, microseconds=7),
    key=UUID(int=5),
    size=Size.LARGE,
    line=Line(Decimal("1.00"), Size.SMALL),
    tags=("a", "b"),
    lines=[Line(Decimal("2.50"), Size.LARGE)],
    counts={"x": 1},
)
NAME = f"{__name__}.Everything"


def test_every_kind_of_field_comes_back_as_it_was() -> None:
    stored = json.loads(json.dumps(encode(WHOLE)))

    back = decode(NAME, 2, stored)

    assert back == WHOLE
    assert [type(getattr(back, name)) for name in stored] == [type(getattr(WHOLE, name)) for name in stored]


def test_an_older_payload_is_read_while_the_class_accepts_it() -> None:
    stored = encode(WHOLE)
    del stored["added"]
    stored["dropped"] = 1

    assert decode(NAME, 1, stored) == WHOLE


def test_a_payload_that_does_not_fit_any_more_names_the_field() -> None:
    stored = encode(WHOLE)
    del stored["price"]

    with pytest.raises(StoredEventError, match=r"version 1 does not fit its class any more \(price: Field required\)"):
        decode(NAME, 1, stored)


def test_a_value_of_another_type_than_declared_is_named() -> None:
    wrong = Number(number="seven")  # type: ignore[arg-type]  # the mistake under test

    with pytest.raises(UnserializableEventError, match=r"Number\.number cannot be written as JSON: a str where int"):
        encode(wrong)


def test_a_field_of_a_type_json_cannot_hold_is_found_without_a_value() -> None:
    assert unserializable_field(type_of(Loose)) == "group"
    assert unserializable_field(type_of(Everything)) is None
