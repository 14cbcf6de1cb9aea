"""The request's context in the worker's log lines."""

from typing import Any

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware

from framework.logs import bind_context, clear_context


class TaskContext(Middleware):
    """Binds what was bound where the task was sent, and the task's own id."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind the context for the length of the task."""
        clear_context()
        bind_context(**{**message.options.get("context", {}), "task_id": message.message_id})

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Forget it."""
        clear_context()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Forget it."""
        clear_context()
