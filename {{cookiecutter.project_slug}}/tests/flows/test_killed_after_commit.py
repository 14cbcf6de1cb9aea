"""A process tree that is killed right after an order was committed: one receipt, no more, no less."""

import pytest

from framework.tasks import TaskState
from framework.tasks.models import Task

from .conftest import StartSite, until
from .ordering import order, receipts


@pytest.mark.parametrize("workers", [0, 1], ids=["before the worker saw it", "while the worker may be at it"])
def test_the_receipt_arrives_exactly_once_after_the_next_start(start_site: StartSite, workers: int) -> None:
    site = start_site(workers=workers)
    page = order(site)
    site.kill()

    again = start_site()

    # The lease of a worker on another host ends after 30 seconds.
    # Not its last step: what follows from a commit in the process that made it dies with that.
    until(has_delivered, what="the receipt was not sent", log=again.log)
    again.stop()
    assert len(receipts(again, page)) == 1


def has_delivered() -> bool:
    """Tell whether the task that sends the receipt is done."""
    return Task.objects.get(actor="framework.signals.deliver").state == TaskState.DONE
