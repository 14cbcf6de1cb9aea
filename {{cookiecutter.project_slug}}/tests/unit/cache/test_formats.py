"""How values are written, and what is not taken for one."""

from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from framework.cache.exceptions import UnreadableValueError
from framework.cache.formats import Format, Json, SealedPickle, format_of

LARGE = {"rows": [{"id": number, "name": f"row {number}"} for number in range(1_000)]}


class Moved:
    """Stands for a class that a later release does not have."""


@pytest.mark.parametrize("value", [None, 1, "text", b"\x00", {"a": {1, 2}}, Fraction(1, 3), LARGE], ids=type)
def test_what_was_sealed_comes_back(value: Any) -> None:
    sealed = SealedPickle()

    assert sealed.loads(sealed.dumps(value)) == value


def test_large_values_are_compressed_and_small_ones_are_not() -> None:
    plain, squeezed = SealedPickle(compress_from=10**9), SealedPickle()

    assert len(squeezed.dumps(LARGE)) < len(plain.dumps(LARGE)) / 5
    assert squeezed.dumps({"a": 1}) == plain.dumps({"a": 1})
    assert plain.loads(squeezed.dumps(LARGE)) == LARGE


def test_no_changed_byte_goes_unnoticed() -> None:
    sealed = SealedPickle()
    data = sealed.dumps({"admin": False})

    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(UnreadableValueError, match="seal"):
            sealed.loads(changed)


@pytest.mark.parametrize("data", [b"", b"\x10", b"\x10" + bytes(16), b"\xff" * 40], ids=len)
def test_what_is_too_short_or_noise_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableValueError):
        SealedPickle().loads(data)


def test_another_key_opens_nothing_and_a_fallback_does(settings: Settings) -> None:
    settings.SECRET_KEY = "the first key of this test"
    sealed = SealedPickle().dumps("value")

    settings.SECRET_KEY = "the second key of this test"
    with pytest.raises(UnreadableValueError):
        SealedPickle().loads(sealed)

    settings.SECRET_KEY_FALLBACKS = ["the first key of this test"]
    assert SealedPickle().loads(sealed) == "value"


def test_a_class_that_is_gone_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    data = SealedPickle().dumps(Moved())
    monkeypatch.delattr(f"{__name__}.Moved")

    with pytest.raises(UnreadableValueError, match="cannot be unpickled any more"):
        SealedPickle().loads(data)


def test_json_is_readable_by_others() -> None:
    assert Json().dumps({"ü": [1, None, True]}) == '{"ü":[1,null,true]}'.encode()
    assert Json().loads(b'{"a":[1,2]}') == {"a": [1, 2]}
    with pytest.raises(UnreadableValueError, match="is no JSON"):
        Json().loads(b"{")


@pytest.mark.parametrize(("options", "kind"), [({}, SealedPickle), ({"FORMAT": "json"}, Json)])
def test_options_name_the_format(options: dict[str, str], kind: type[Format]) -> None:
    assert isinstance(format_of(options), kind)


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="is 'yaml'; it can be pickle or json"):
        format_of({"FORMAT": "yaml"})
