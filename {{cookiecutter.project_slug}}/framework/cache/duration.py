"""Times to live as people write them."""

import re
from datetime import timedelta
from typing import Final

from .exceptions import InvalidTTLError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800}
_PATTERN: Final = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


#: ``"90s"``, ``"10m"``, ``"1h30m"``, a number of seconds, or a ``timedelta``.
type Duration = str | float | timedelta


def seconds(ttl: Duration | None) -> float | None:
    """Return ``ttl`` in seconds; ``None`` means for ever.

    Takes ``"90s"``, ``"10m"``, ``"1h30m"``, a number of seconds or a ``timedelta``; raises :class:`InvalidTTLError`.
    """
    if ttl is None:
        return None
    if isinstance(ttl, timedelta):
        value = ttl.total_seconds()
    elif isinstance(ttl, str):
        if not ttl or _PATTERN.sub("", ttl):
            raise InvalidTTLError(f"{ttl!r} is not a duration; try '10m' or '1h30m'")
        value = sum(float(number) * _UNITS[unit] for number, unit in _PATTERN.findall(ttl))
    else:
        value = ttl
    if value <= 0:
        raise InvalidTTLError(f"{ttl!r} is no time at all; try '10m'")
    return value
