"""Dramatiq's chains and groups, on rows."""

from typing import Any

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Callbacks as DramatiqCallbacks, GroupCallbacks, Middleware, Pipelines
from dramatiq.rate_limits import RateLimiterBackend

from framework.tasks.options import generation_of


class _WithoutRow(Middleware):
    """What follows from a message with a row is sent where its outcome is written."""

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Do what Dramatiq does for a message without a row."""
        if generation_of(message) is None:
            super().after_process_message(broker, message, result=result, exception=exception)


class Callbacks(_WithoutRow, DramatiqCallbacks):
    """``on_success`` and ``on_failure``."""


class Chains(_WithoutRow, Pipelines):
    """``pipeline([...])``."""


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
