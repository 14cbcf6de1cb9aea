"""``message.get_result()`` out of the row."""

import time
from typing import Any, Final

from dramatiq.results import ResultBackend, ResultFailure, ResultMissing, ResultTimeout

from framework.logs import get_logger

from .columns import as_json
from .conf import LIMITS
from .exceptions import TaskCancelledError
from .states import ENDED, TaskState

POLL_SECONDS: Final = 0.02

logger = get_logger(__name__)


class RowResults(ResultBackend):
    """Reads what the ledger wrote; results live as long as their rows."""

    def get_result(self, message: Any, *, block: bool = False, timeout: int | None = None) -> Any:
        """Return the actor's return value; ``timeout`` is in milliseconds.

        Raises Dramatiq's ``ResultMissing``, ``ResultTimeout`` or ``ResultFailure``.
        """
        deadline = time.monotonic() + (10_000 if timeout is None else timeout) / 1000
        while True:
            if (task := self._find(message.message_id)) is not None:
                return self._value(task)
            if not block:
                raise ResultMissing(message)
            if time.monotonic() >= deadline:
                raise ResultTimeout(message)
            time.sleep(POLL_SECONDS)

    def store_result(self, message: Any, result: Any, ttl: int) -> None:
        """Nothing to do: the ledger has written it."""

    def store_exception(self, message: Any, exception: BaseException, ttl: int) -> None:
        """Nothing to do: the ledger has written it."""

    @staticmethod
    def _find(task_id: str) -> Any:
        from .models import Task

        return Task.objects.filter(id=task_id, state__in=ENDED).first()

    @staticmethod
    def _value(task: Any) -> Any:
        if task.state == TaskState.DONE:
            return task.result
        last = task.errors[-1] if task.errors else {}
        kind, told = str(last.get("type", "")).rpartition(".")[2], str(last.get("message", ""))
        if task.state == TaskState.CANCELLED and not kind:
            kind, told = TaskCancelledError.__name__, "Somebody cancelled the task."
        # Word for word as Dramatiq's own backends say it.
        raise ResultFailure(f"actor raised {kind}: {told}", kind, told)


def storable(message: Any, result: Any) -> Any:
    """Return ``result``, or ``None`` with a warning when a JSON column cannot hold it.

    The work is done; running it again would not make its result fit.
    """
    if result is None:
        return None
    try:
        text = as_json(result)
    except (TypeError, ValueError):
        text = None
    if text is None or len(text) > LIMITS.message_bytes:
        logger.warning("task_result_not_kept", actor=message.actor_name, type=type(result).__qualname__)
        return None
    return result
