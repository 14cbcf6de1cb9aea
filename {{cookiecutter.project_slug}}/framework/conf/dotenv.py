"""The ``.env`` file, looked through before anything is read from it."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

#: How alike two names are when one is taken for a slip of the other; the file may hold other tools' variables too.
ALIKE: Final = 0.85


def look_through(path: Path, known: Collection[str]) -> list[str]:
    """Return one sentence for each line that cannot be read or that seems to misspell a variable of ``known``."""
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8") as lines:
            bindings = list(parse_stream(lines))
    except UnicodeDecodeError:
        return [f"{path.name}: the file is not written in UTF-8; save it as UTF-8"]
    except OSError as error:
        return [f"{path.name}: the file cannot be read ({error.strerror}); make it readable, or remove it"]
    problems = []
    for binding in bindings:
        if binding.error:
            problems.append(f"{path.name}, line {binding.original.line}: cannot be read; write lines like DEBUG=true")
        elif binding.key and (meant := _meant(binding.key, known)):
            problems.append(f"{path.name}: {binding.key} is not a variable of this project; did you mean {meant}?")
    return problems


def _meant(key: str, known: Collection[str]) -> str | None:
    if key.upper() in known:
        return None
    close = get_close_matches(key.upper(), known, n=1, cutoff=ALIKE)
    return close[0] if close else None
