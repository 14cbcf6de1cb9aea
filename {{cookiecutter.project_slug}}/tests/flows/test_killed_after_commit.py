"""A process tree that is killed right after an order was committed: one receipt, no more, no less."""

import pytest

from .conftest import StartSite, until
from .ordering import is_complete, order, receipts


@pytest.mark.parametrize("workers", [0, 1], ids=["before the worker saw it", "while the worker may be at it"])
def test_the_receipt_arrives_exactly_once_after_the_next_start(start_site: StartSite, workers: int) -> None:
    site = start_site(workers=workers)
    page = order(site)
    site.kill()

    again = start_site()

    # The lease of a worker on another host ends after 30 seconds.
    until(lambda: is_complete(again, page), what="the order was not completed", log=again.log)
    again.stop()
    assert len(receipts(again, page)) == 1
