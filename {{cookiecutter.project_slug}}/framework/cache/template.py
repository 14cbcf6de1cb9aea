"""Key and tag templates, checked when a function is decorated, not when it is called."""

import string
from collections.abc import Callable
from inspect import Signature, signature
from typing import Any

from .exceptions import InvalidKeyTemplateError


class CallTemplate:
    """A template such as ``"order:{order_id}"``, filled from the arguments of a call."""

    def __init__(self, template: str, function: Callable[..., Any]) -> None:
        self.template = template
        self._signature: Signature = signature(function)
        names = [
            name.partition(".")[0].partition("[")[0]
            for _, name, _, _ in string.Formatter().parse(template)
            if name is not None
        ]
        unknown = [name for name in names if name not in self._signature.parameters]
        if unknown:
            takes = ", ".join(self._signature.parameters) or "nothing"
            raise InvalidKeyTemplateError(
                f"{template!r} names {', '.join(map(repr, unknown))}, but {function.__qualname__} takes {takes}"
            )

    def fill(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Return the template filled with the arguments of one call."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self.template.format(**bound.arguments)
