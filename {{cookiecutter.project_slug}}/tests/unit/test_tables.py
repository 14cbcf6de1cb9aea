"""Tables on the output of a management command."""

from io import StringIO

import pytest
from django.core.management.base import OutputWrapper
from rich.table import Column
from rich.text import Text

from framework.tables import print_rows


@pytest.fixture
def stdout() -> OutputWrapper:
    """Return what a command writes to; ``getvalue`` tells what it wrote."""
    return OutputWrapper(StringIO())


def lines(stdout: OutputWrapper) -> list[str]:
    written: str = stdout.getvalue()
    return [line.rstrip() for line in written.splitlines()]


def test_rows_stand_below_their_headings(stdout: OutputWrapper) -> None:
    print_rows(stdout, ("name", "age"), [("ada", 36), ("bob", None)])

    assert lines(stdout) == [
        "┏━━━━━━┳━━━━━┓",
        "┃ name ┃ age ┃",
        "┡━━━━━━╇━━━━━┩",
        "│ ada  │ 36  │",
        "│ bob  │     │",
        "└──────┴─────┘",
    ]


def test_columns_without_headings_need_no_head(stdout: OutputWrapper) -> None:
    print_rows(stdout, (Column(style="bold"), Column()), [("Site", "http://localhost")], title="Shop")

    assert lines(stdout) == [
        "Shop",
        "┌──────┬──────────────────┐",
        "│ Site │ http://localhost │",
        "└──────┴──────────────────┘",
    ]


def test_brackets_are_text_and_styles_are_not(stdout: OutputWrapper) -> None:
    print_rows(stdout, ("what",), [("[red] :smile:",), (Text("ok", style="green"),)], title="[blue]")

    assert [line.strip("│ ") for line in lines(stdout) if line.startswith(("[", "│"))] == [
        "[blue]",
        "[red] :smile:",
        "ok",
    ]


def test_a_width_bounds_the_table(stdout: OutputWrapper) -> None:
    print_rows(stdout, (Column("what", overflow="fold"),), [("x" * 30,)], width=20)

    assert max(map(len, lines(stdout))) == 20


def test_what_is_too_wide_is_folded_and_not_cut(stdout: OutputWrapper) -> None:
    print_rows(stdout, ("what",), [("abcdefghij" * 2,)], width=14)

    assert [line.strip("│ ") for line in lines(stdout) if line.startswith("│")] == ["abcdefghij", "abcdefghij"]
