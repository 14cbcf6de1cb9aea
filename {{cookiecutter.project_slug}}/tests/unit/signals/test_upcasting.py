"""Events that were stored by earlier releases."""

from dataclasses import dataclass
from typing import Any

import pytest

from framework.errors import EventError
from framework.signals import StoredEventError, event, upcast
from framework.signals.events import type_of
from framework.signals.payload import decode, encode


@event(version=3)
@dataclass(frozen=True, slots=True)
class Charged:
    """Was ``{"euros": "1.50"}`` in version 1, ``{"cents": 150}`` in version 2."""

    cents: int
    currency: str


NAME = f"{__name__}.Charged"


def to_cents(payload: dict[str, Any]) -> dict[str, Any]:
    payload["cents"] = round(float(payload.pop("euros")) * 100)
    return payload


def to_currency(payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "currency": "EUR"}


@pytest.fixture(autouse=True)
def declared() -> None:
    """Declare the event in the tables of this test, and its upcasters."""
    event(version=3)(Charged)
    upcast(Charged, version=1)(to_cents)
    upcast(Charged, version=2)(to_currency)


@pytest.mark.parametrize(
    ("version", "payload"),
    [(1, {"euros": "1.50"}), (2, {"cents": 150}), (3, {"cents": 150, "currency": "EUR"})],
)
def test_a_payload_of_any_version_becomes_the_event_of_today(version: int, payload: dict[str, Any]) -> None:
    stored = dict(payload)

    assert decode(NAME, version, stored) == Charged(cents=150, currency="EUR")
    assert stored == payload


def test_what_is_stored_today_passes_no_upcaster() -> None:
    charged = Charged(cents=1, currency="USD")

    assert decode(NAME, type_of(Charged).version, encode(charged)) == charged


def test_a_payload_the_upcaster_cannot_read_is_told_with_both_versions() -> None:
    with pytest.raises(StoredEventError, match=r"version 1 could not be brought to version 3: KeyError: 'euros'"):
        decode(NAME, 1, {"dollars": 1})


@pytest.mark.parametrize("version", [0, 3, 4])
def test_an_upcaster_of_no_earlier_version_is_refused(version: int) -> None:
    with pytest.raises(EventError, match=rf"so no payload of version {version} is an earlier one"):
        upcast(Charged, version=version)(to_cents)
