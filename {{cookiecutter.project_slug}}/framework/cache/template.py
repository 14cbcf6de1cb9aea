"""Key and tag templates, checked when a function is decorated, not when it is called."""

import string
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, Final, NamedTuple

from .exceptions import InvalidKeyTemplateError
from .keys import hashed

_LONGEST: Final = 200


class Call(NamedTuple):
    """What one call of a cached function is known by."""

    key: str
    tags: tuple[str, ...]


class CallTemplate:
    """Templates such as ``"order:{order_id}"``, filled from the arguments of a call."""

    def __init__(self, function: Callable[..., Any], *, key: str, tags: Sequence[str]) -> None:
        self._signature = signature(function)
        self._key = key
        self._tags = tuple(tags)
        fields = [field for template in (key, *tags) for field in self._fields(template, function)]
        self._constant = None if fields else Call(fit(key), self._tags)

    def fill(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Return key and tags of one call."""
        if self._constant is not None:
            return self._constant
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        values = bound.arguments
        return Call(fit(self._key.format(**values)), tuple(tag.format(**values) for tag in self._tags))

    def _fields(self, template: str, function: Callable[..., Any]) -> list[str]:
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError as error:
            raise InvalidKeyTemplateError(f"{template!r} is no template: {error}") from error
        names = [name.partition(".")[0].partition("[")[0] for _, name, _, _ in parsed if name is not None]
        unknown = [name for name in names if name not in self._signature.parameters]
        if unknown:
            takes = ", ".join(self._signature.parameters) or "nothing"
            raise InvalidKeyTemplateError(
                f"{template!r} names {', '.join(map(repr, unknown))}, but {function.__qualname__} takes {takes}"
            )
        return names


def fit(key: str) -> str:
    """Return a key that every cache takes: arguments may hold spaces, or a whole text."""
    if len(key) <= _LONGEST and key.isprintable() and " " not in key:
        return key
    return f"{''.join(letter for letter in key[:50] if letter.isalnum() or letter in ':.-_')}:{hashed(key)}"
