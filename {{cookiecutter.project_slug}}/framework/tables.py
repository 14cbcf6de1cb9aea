"""Tables that management commands print for people."""

from collections.abc import Iterable, Sequence
from typing import IO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text


def console_for(stdout: OutputWrapper, *, width: int | None = None) -> Console:
    """Return a console that writes where a command's ``stdout`` or ``stderr`` does."""
    # Rich asks the stream itself whether it is a terminal, and of which width.
    return Console(file=cast("IO[str]", stdout._out), width=width)


def print_rows(
    stdout: OutputWrapper,
    columns: Sequence[str | Column],
    rows: Iterable[Iterable[object]],
    *,
    title: str = "",
    width: int | None = None,
) -> None:
    """Print ``rows`` below the headings of ``columns``, if one has any; as wide as the terminal, or ``width``.

    A cell is plain text, whatever brackets stand in it, unless it is a styled ``Text``; ``None`` is an empty one.
    What is too wide goes on in the next line, so that it can be read in a file too.
    """
    chosen = [Column(column, overflow="fold") if isinstance(column, str) else column for column in columns]
    has_head = any(column.header for column in chosen)
    table = Table(*chosen, title=escape(title) or None, title_justify="left", show_header=has_head)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console_for(stdout, width=width).print(table)


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text("" if value is None else str(value))
