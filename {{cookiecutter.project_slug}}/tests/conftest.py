"""What every test may use."""

from collections.abc import Iterator

import dramatiq
import pytest


@pytest.fixture
def broker() -> Iterator[dramatiq.Broker]:
    """Return the project's broker; actors declared by the test are forgotten afterwards."""
    broker = dramatiq.get_broker()
    before = dict(broker.actors)
    yield broker
    broker.actors = before
