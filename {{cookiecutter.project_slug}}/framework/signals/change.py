"""What ``on_change`` receivers are told."""

from dataclasses import dataclass
from typing import Any, Final


class Unknown:
    """The type of :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        # Pickled by name: there is only one.
        return "UNKNOWN"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Unknown":
        return self


#: Stands for a value that is not in memory: a field that was deferred, a row that was never loaded, or
#: the outcome of an ``F()`` expression on a database that does not return it.
UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Change[T]:
    """The value of a field before and after a save; either may be :data:`UNKNOWN`."""

    old: T
    new: T
