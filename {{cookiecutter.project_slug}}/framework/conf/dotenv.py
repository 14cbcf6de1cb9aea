"""The ``.env`` file, looked through before anything is read from it."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

from framework.errors import ConfigurationError

#: How alike two names are when one is taken for a slip of the other; the file may hold other tools' variables too.
ALIKE: Final = 0.85


def look_through(path: Path, known: Collection[str]) -> list[str]:
    """Return one sentence for each variable that seems to misspell one of ``known``.

    Raises :class:`ConfigurationError` when the file, or a line of it, cannot be read: what it was meant
    to set is unknown then, and other problems may only follow from it.
    """
    return [
        f"{path.name}: {key} is not a variable of this project; did you mean {meant}?"
        for key, meant in misspelt(_keys(path), known).items()
    ]


def misspelt(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return those of ``names`` that seem to misspell one of ``known``, with the one that was meant."""
    return {
        name: meant
        for name in names
        if name.upper() not in known
        for meant in get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)
    }


def _keys(path: Path) -> list[str]:
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8") as lines:
            bindings = list(parse_stream(lines))
    except UnicodeDecodeError:
        raise ConfigurationError([f"{path.name}: the file is not written in UTF-8; save it as UTF-8"]) from None
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror}); make it readable, or remove it"
        raise ConfigurationError([f"{path.name}: {reason}"]) from None
    if unread := [binding.original.line for binding in bindings if binding.error]:
        raise ConfigurationError(
            [f"{path.name}, line {line}: cannot be read; write lines like DEBUG=true" for line in unread]
        )
    return [binding.key for binding in bindings if binding.key]
