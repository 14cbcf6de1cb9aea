"""What may stand in a column of a task; all else is cleaned or refused by name before a statement is sent.

SQLite and PostgreSQL hold the same here: JSON without NaN, without NUL and without half of a surrogate pair, such as
``os.listdir()`` has for the names of files that are no text.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from framework.text import plain, told

#: Characters of one value of a log's context.
MOST_OF_A_VALUE: Final = 1_000
#: Values of a log's context.
MOST_VALUES: Final = 50
#: Levels of lists and objects; SQLite reads no JSON with more than 1,000, and a callback has the whole message in it.
MOST_LEVELS: Final = 500

# json.dumps() builds an encoder for each call.
_ENCODER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_UNESCAPED: Final = json.JSONEncoder(allow_nan=False, ensure_ascii=False)
# A string as a whole, since brackets inside it open nothing.
_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}]')
# An escaped NUL; after an escaped backslash "u0000" is plain text.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class UnstorableError(ValueError):
    """A value is JSON, and no column holds it; the text says what is in it, behind the name of the value."""


def as_json(value: Any) -> str:
    """Return ``value`` as the text of a JSON column.

    Raises ``TypeError`` or ``ValueError`` for what is no JSON, and :class:`UnstorableError` for what no column holds.
    """
    try:
        text = _ENCODER.encode(value)
    except RecursionError:
        raise UnstorableError("are nested too deeply, or hold themselves") from None
    if text.count("[") + text.count("{") > MOST_LEVELS and _levels(text) > MOST_LEVELS:
        raise UnstorableError(f"are nested too deeply, in more than {MOST_LEVELS} levels")
    if "\\u0000" in text and _NUL.search(text):
        raise UnstorableError("hold the character NUL, which a JSON column cannot store")
    if "\\ud" in text and not _is_whole(value):
        raise UnstorableError("hold half of a surrogate pair, as names of files do that are no text")
    return text


def context_as_json(context: Mapping[str, str]) -> str:
    """Return a log's context as the text of a JSON column; whatever is in it, it costs nobody's transaction."""
    if not context:
        return "{}"
    few = list(context.items())[:MOST_VALUES]
    return _ENCODER.encode({plain(told(name), MOST_OF_A_VALUE): plain(value, MOST_OF_A_VALUE) for name, value in few})


def _levels(text: str) -> int:
    """Return how deeply JSON is nested."""
    level = deepest = 0
    for found in _BRACKET.finditer(text):
        if found[0] in "[{":
            level += 1
            deepest = max(deepest, level)
        elif found[0] in "]}":
            level -= 1
    return deepest


def _is_whole(value: Any) -> bool:
    try:
        _UNESCAPED.encode(value).encode()
    except UnicodeEncodeError:
        return False
    return True
