"""An exception as the JSON that a task keeps of it."""

import traceback
from typing import Any, Final

from framework.text import plain, told

TRACEBACK_FRAMES: Final = 30
#: Characters; an entry is kept for each attempt.
MOST_OF_A_MESSAGE: Final = 2_000
MOST_OF_A_TRACEBACK: Final = 16_000


def with_entry(errors: Any, entry: dict[str, str]) -> list[Any]:
    """Return ``errors`` of a row and ``entry``; what is no list of errors, which somebody else wrote, goes."""
    return [*(errors if isinstance(errors, list) else []), entry]


def error_entry(exception: BaseException) -> dict[str, str]:
    """Return the type as a path to import it by, the message, and the traceback if it was raised.

    Whatever the exception says, a column can hold it: it is cleaned, and cut in the middle when it is long.
    """
    raised = exception.__traceback__ is not None
    trace = "".join(traceback.format_exception(exception, limit=TRACEBACK_FRAMES)) if raised else ""
    return {
        "type": plain(f"{type(exception).__module__}.{type(exception).__qualname__}", MOST_OF_A_MESSAGE),
        "message": plain(told(exception), MOST_OF_A_MESSAGE),
        "traceback": plain(trace, MOST_OF_A_TRACEBACK),
    }
