"""What a process keeps comes back as it was, and as an object of the caller's own."""

import marshal
import pickle
from array import array
from collections import OrderedDict
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

import pytest
from django.utils.safestring import mark_safe
from hypothesis import given, strategies as st

from framework.cache.packing import is_immutable, pack, unpack


class Size(IntEnum):
    LARGE = 3


numbers = st.integers() | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
plain = st.recursive(
    st.none() | st.booleans() | st.text() | st.binary() | numbers,
    lambda inside: st.lists(inside) | st.dictionaries(st.text() | st.integers(), inside) | st.tuples(inside, inside),
    max_leaves=30,
)


@given(plain)
def test_plain_values_come_back_with_all_their_types(value: Any) -> None:
    found = unpack(*pack(value))

    assert found == value
    assert types(found) == types(value)


@pytest.mark.parametrize(
    "value",
    [
        OrderedDict(a=1),
        {"size": Size.LARGE},
        [bytearray(b"x")],
        [array("i", [1])],
        (datetime(2026, 1, 1, tzinfo=UTC), []),
        {"html": mark_safe("<b>")},
        {Size.LARGE: 1},
        [None] * 1_001,
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_else_is_pickled(value: Any) -> None:
    kept, loads = pack(value)

    assert loads is pickle.loads
    assert types(unpack(kept, loads)) == types(value)


def test_one_list_in_two_places_stays_one() -> None:
    row = [1]

    found = unpack(*pack({"first": row, "second": row}))

    assert found["first"] is found["second"]


def test_a_list_within_itself() -> None:
    value: list[Any] = [1]
    value.append(value)

    found = unpack(*pack(value))

    assert found[1] is found


def test_plain_containers_are_marshalled_and_fresh() -> None:
    kept, loads = pack({"rows": [{"id": 1}], "names": {"a", "b"}})

    assert loads is marshal.loads
    assert unpack(kept, loads) == unpack(kept, loads) == {"rows": [{"id": 1}], "names": {"a", "b"}}
    assert unpack(kept, loads) is not unpack(kept, loads)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", True),
        (None, True),
        (("a", 1, (2.0, b"x")), True),
        (("a", []), False),
        ({"a": 1}, False),
        (tuple(range(9)), False),
        (mark_safe("text"), False),
    ],
)
def test_only_values_nobody_can_change_are_shared(value: object, expected: bool) -> None:
    assert is_immutable(value) is expected
    assert (unpack(*pack(value)) is value) is expected


def types(value: Any) -> Any:
    """Return the types of ``value`` and of all that is in it."""
    if isinstance(value, dict):
        return type(value), [(types(key), types(part)) for key, part in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [types(part) for part in value]
    return type(value)
