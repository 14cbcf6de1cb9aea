"""An exception as the JSON that a task keeps of it."""

import traceback
from typing import Final

TRACEBACK_FRAMES: Final = 30


def error_entry(exception: BaseException) -> dict[str, str]:
    """Return the type as a path to import it by, the message, and the traceback if it was raised."""
    raised = exception.__traceback__ is not None
    return {
        "type": f"{type(exception).__module__}.{type(exception).__qualname__}",
        "message": str(exception),
        "traceback": "".join(traceback.format_exception(exception, limit=TRACEBACK_FRAMES)) if raised else "",
    }
