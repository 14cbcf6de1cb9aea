"""Secrets kept out of log lines, by the names of fields and by the shape of values."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from structlog.typing import EventDict, WrappedLogger

HIDDEN: Final = "[hidden]"
#: A field whose name holds one of these is hidden, whatever its value.
SECRET_NAMES: Final = re.compile(
    r"passw(or)?d|passphrase|secret|token|authorization|cookie|credential|api_?key|private_?key|session_?(id|key)",
    re.IGNORECASE,
)
_NUMBERS: Final = frozenset({int, float, bool})
_SHAPES: Final = (
    # Passwords in addresses of servers.
    (re.compile(r"(?<=://)([^\s/:@]*):[^\s/]*@"), rf"\1:{HIDDEN}@"),
    # Tokens of Telegram's bots, which are part of the address of every call.
    (re.compile(r"\bbot\d+:[\w-]{10,}"), f"bot{HIDDEN}"),
)


def hide_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace secrets in the fields of a line, at any depth."""
    # Most fields are numbers and plain words, which are told apart here without a call.
    return {
        name: value
        if (type(value) in _NUMBERS or (type(value) is str and ":" not in value)) and not _is_secret(name)
        else _hidden(name, value)
        for name, value in event.items()
    }


def without_secrets(text: str) -> str:
    """Return ``text`` with passwords and tokens replaced that are known by their shape."""
    if ":" not in text:
        return text
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


# The same names in every line.
@lru_cache(maxsize=1_024)
def _is_secret(name: str) -> bool:
    return SECRET_NAMES.search(name) is not None


def _hidden(name: object, value: Any) -> Any:
    if isinstance(name, str) and _is_secret(name):
        return HIDDEN
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {key: _hidden(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(None, item) for item in value]
    return value
