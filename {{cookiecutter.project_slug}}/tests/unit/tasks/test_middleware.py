"""What is added to a broker that has a middleware of the project's own for it."""

import pytest
from dramatiq import Middleware
from dramatiq.middleware import Callbacks, GroupCallbacks, Pipelines, Retries, TimeLimit
from dramatiq.rate_limits.backends import StubBackend
from dramatiq.results import Results
from dramatiq.results.backends import StubBackend as StubResults
from structlog.testing import capture_logs

from framework.tasks.brokers.database import DatabaseBroker
from tests.contracts.conftest import broker_middleware


class Counting(Middleware):
    """A middleware of somebody's."""


@pytest.mark.parametrize(
    "added",
    [Callbacks(), GroupCallbacks(StubBackend()), Pipelines(), Retries(), TimeLimit()],
    ids=lambda each: type(each).__name__,
)
def test_what_the_project_has_its_own_of_is_not_added_again(added: Middleware) -> None:
    broker = DatabaseBroker(middleware=broker_middleware())
    before = list(broker.middleware)

    with capture_logs() as logs:
        broker.add_middleware(added)

    assert broker.middleware == before
    assert [log["added"] for log in logs if log["event"] == "middleware_in_place"] == [type(added).__name__]


def test_all_else_is_added_where_it_is_wanted() -> None:
    broker = DatabaseBroker(middleware=broker_middleware())
    mine, results = Counting(), Results(backend=StubResults())

    broker.add_middleware(mine, before=Retries)
    broker.add_middleware(results)

    assert isinstance(broker.middleware[broker.middleware.index(mine) + 1], Retries)
    assert broker.middleware[-1] is results
