"""Text for stores that hold less than Python does."""

import pytest

from framework.text import plain, told


class Odd:
    def __str__(self) -> str:
        raise TypeError("no word")


def test_what_cannot_be_told_is_told_to_be_so() -> None:
    assert told(Odd()) == "<a Odd that cannot be told: TypeError>"
    assert told(7) == "7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\0b", r"a\x00b"), ("\ud800", r"\ud800"), ("\U0001f600 \x1b \u202e", "\U0001f600 \x1b \u202e"), ("", "")],
)
def test_only_what_stores_refuse_is_escaped(text: str, expected: str) -> None:
    assert plain(text, 100) == expected


def test_what_is_too_long_keeps_its_beginning_and_its_end() -> None:
    cut = plain("begin" + "x" * 5_000 + "end", 200)

    assert len(cut) == 200
    assert (cut[:5], cut[-3:]) == ("begin", "end")
    assert "characters left out" in cut
