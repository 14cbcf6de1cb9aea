"""Dramatiq's chains and groups, on rows."""

from typing import Any

from dramatiq import Broker, Message, MessageProxy
from dramatiq.middleware import GroupCallbacks, Pipelines
from dramatiq.rate_limits import RateLimiterBackend

from framework.tasks.message import STEP, is_durable
from framework.tasks.options import generation_of, option
from framework.tasks.outbox import write


class Chains(Pipelines):
    """Writes the next link of ``pipeline([...])`` in the transaction of the outcome: none is lost or doubled."""

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Send the next link, with the result of this one unless ``pipe_ignore`` is set."""
        if generation_of(message) is None:
            super().after_process_message(broker, message, result=result, exception=exception)  # type: ignore[no-untyped-call]
            return
        target = message.options.get("pipe_target")
        if exception is not None or message.failed or target is None:
            return
        following: Message[Any] = Message(**target)
        if not (following.options.get("pipe_ignore") or option(broker, message, "pipe_ignore")):
            following = following.copy(args=(*following.args, result))
        delay = following.options.get("delay")
        if is_durable(broker, following):
            write(broker, [(following, delay)], step=message.options.get(STEP, 0) + 1)
        else:
            broker.enqueue(following, delay=delay)


class Groups(GroupCallbacks):
    """Lets ``group([...])`` have callbacks; the ledger counts the rows of its children."""

    def __init__(self) -> None:
        super().__init__(WorkflowRows())

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Nothing to do: a row that ends tells its workflow."""


class WorkflowRows(RateLimiterBackend):
    """Where ``group.run()`` notes how many children it is about to send."""

    def add(self, key: str, value: int, ttl: int) -> bool:
        """Write the workflow ``key`` with ``value`` children; the time to live does not matter to a row."""
        from framework.tasks.models import Workflow
        from framework.tasks.transitions import database

        Workflow.objects.using(database()).create(id=key, children=value)
        return True
