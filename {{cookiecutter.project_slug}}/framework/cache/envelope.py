"""What stands in a shared tier: the value and when it ends, so that nearer tiers end it at the same time.

Whole numbers stay bare, since ``incr`` happens inside the shared tier; nearer tiers keep no copy of them.
"""

import time
from typing import Any, Final

#: Stands for "not there", since ``None`` is a value.
MISSING: Final = object()
_MARK: Final = "tiered/2"


def wrap(made: str, value: Any, expires_at: float | None) -> Any:
    """Return what to store under the made key ``made``; ``expires_at`` in seconds since the epoch."""
    return value if type(value) is int else (_MARK, made, expires_at, value)


def unwrap(made: str, stored: Any) -> tuple[Any, float | None, bool]:
    """Return value, end and whether the end is known (False for bare and foreign values).

    The value is ``MISSING`` if it was stored under another key: a seal tells who wrote it, not where.
    """
    if isinstance(stored, (tuple, list)) and len(stored) == 4 and stored[0] == _MARK:
        return (stored[3], stored[2], True) if stored[1] == made else (MISSING, None, False)
    return stored, None, False


def seconds_left(made: str, stored: Any, most: float) -> float:
    """Return for how long a copy may be kept, ``most`` seconds; not at all (0 or less) past an end or without one."""
    _, expires_at, is_known = unwrap(made, stored)
    if not is_known:
        return 0
    return most if expires_at is None else min(most, expires_at - time.time())
