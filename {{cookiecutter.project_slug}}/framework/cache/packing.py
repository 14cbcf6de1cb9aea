"""How a process keeps a value so that no caller's change ever reaches the cache.

What cannot change is kept as it is. Plain containers are marshalled, which takes half as long to read as a pickle;
everything else is pickled. The bytes never leave the process.
"""

import marshal
import pickle
import sys
from collections.abc import Callable
from typing import Any, Final

IMMUTABLE: Final = frozenset({str, bytes, int, float, bool, type(None), complex})
_MOST_ITEMS: Final = 8
#: Looking through more than this would cost a store more than its reads win.
_MOST_PARTS: Final = 1_000
#: Without references, which cost as much as all the rest; hence nothing may occur twice.
_MARSHAL_VERSION: Final = 2

type Loads = Callable[[bytes], Any]


def pack(value: Any) -> tuple[Any, Loads | None]:
    """Return what to keep of ``value``, and what makes a fresh object of that, if it is needed."""
    if is_immutable(value):
        return value, None
    if is_plain(value):
        return marshal.dumps(value, _MARSHAL_VERSION), marshal.loads
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL), pickle.loads


def unpack(kept: Any, loads: Loads | None) -> Any:
    """Return the value, fresh unless it cannot change."""
    return kept if loads is None else loads(kept)


def size_of(kept: Any) -> int:
    """Return how many bytes what is kept takes, with all that a tuple holds."""
    return sys.getsizeof(kept) + (sum(map(size_of, kept)) if type(kept) is tuple else 0)


def is_immutable(value: Any) -> bool:
    """Tell whether callers may share ``value``; exact types, since a subclass may hold anything."""
    kind = type(value)
    return kind in IMMUTABLE or (kind is tuple and len(value) <= _MOST_ITEMS and all(map(is_immutable, value)))


def is_plain(value: Any) -> bool:
    """Tell whether ``value`` is made of built-in containers and immutable values only, each container once."""
    seen: set[int] = set()
    containers = [value]
    parts = 0
    while containers:
        container = containers.pop()
        kind = type(container)
        if kind is dict:
            inside = [*container, *container.values()]
        elif kind in (list, tuple, set, frozenset):
            inside = container
        else:
            return False
        parts += len(inside)
        if parts > _MOST_PARTS or id(container) in seen:
            return False
        seen.add(id(container))
        containers.extend(part for part in inside if type(part) not in IMMUTABLE)
    return True
