"""The limits that actors declare."""

from typing import Any

import dramatiq
import pytest

from framework.tasks import LimitError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": "often"}, "limit='often' of wrong is not a rate; try '10/m' or '100/30s'"),
        ({"limit": "0/s"}, "is not a rate"),
        ({"concurrency": 0}, "concurrency=0 of wrong is not a number of tasks; try 2"),
    ],
)
def test_a_limit_that_cannot_be_read_stops_the_declaration(
    broker: dramatiq.Broker, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(LimitError, match=message):
        dramatiq.actor(actor_name="wrong", **options)(lambda: None)

    assert "wrong" not in broker.actors
