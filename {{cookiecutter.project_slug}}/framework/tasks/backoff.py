"""How long a failed task waits for its next attempt: Dramatiq's options, counted by the row."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dramatiq import Broker, MessageProxy, Retry
from dramatiq.common import compute_backoff

from .exceptions import FollowUpError
from .options import option

if TYPE_CHECKING:
    from .models import Task

MIN_BACKOFF: Final = 15_000
MAX_BACKOFF: Final = 7 * 24 * 60 * 60 * 1000


def delay_before_retry(
    broker: Broker, message: MessageProxy, task: "Task", exception: BaseException | None
) -> timedelta | None:
    """Return how long to wait before the next attempt; ``None`` when there must be none."""
    throws = option(broker, message, "throws")
    if (
        exception is None
        or message.failed
        or isinstance(exception, FollowUpError)
        or (throws and isinstance(exception, throws))
    ):
        return None
    retry_when = option(broker, message, "retry_when")
    if retry_when is not None:
        if not retry_when(task.attempts - 1, exception):
            return None
    elif task.max_attempts is not None and task.attempts >= task.max_attempts:
        return None
    if isinstance(exception, Retry) and exception.delay is not None:
        return timedelta(milliseconds=exception.delay)
    _, milliseconds = compute_backoff(
        task.attempts - 1,
        factor=option(broker, message, "min_backoff", MIN_BACKOFF),
        max_backoff=option(broker, message, "max_backoff", MAX_BACKOFF),
    )
    return timedelta(milliseconds=milliseconds)
