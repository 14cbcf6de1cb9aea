"""Retries of messages that have no row."""

from typing import Any

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Retries

from framework.tasks.options import generation_of


class SafeRetries(Retries):
    """Dramatiq's retries, without losing the message when the retry cannot be enqueued.

    Dramatiq swallows the error and acknowledges the message (https://github.com/Bogdanp/dramatiq/pull/545);
    here it is rejected instead, into the broker's dead letters. Messages with a row are retried by it.
    """

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Enqueue the message again, or reject it."""
        if generation_of(message) is not None:
            return
        try:
            super().after_process_message(  # type: ignore[no-untyped-call]  # untyped in Dramatiq
                broker, message, result=result, exception=exception
            )
        except Exception:
            message.fail()
            raise
