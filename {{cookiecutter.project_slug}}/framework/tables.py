"""Tables on the terminal; plain text where the output is no terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.table import Table


def console_for(stdout: OutputWrapper) -> Console:
    """Return a console that writes where a command's ``stdout`` or ``stderr`` does."""
    return Console(file=cast("IO[str]", stdout._out))


def print_rows(stdout: OutputWrapper, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print ``rows`` under ``columns``; a value that is missing or ``None`` is left empty."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in columns))
    console_for(stdout).print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
