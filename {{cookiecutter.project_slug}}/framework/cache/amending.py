"""Changing a value that others may change at the same time."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .envelope import MISSING


class Amendment(NamedTuple):
    """What takes the place of a value, and for how many seconds: ``None`` for ever; by itself, nothing does."""

    value: Any = MISSING
    seconds: float | None = None


#: Told the present value, it returns what becomes of it, or ``None`` if it is to stay. It may be asked several times.
type Amend = Callable[[Any], Amendment | None]
