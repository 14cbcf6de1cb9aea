"""What Dramatiq's tests ask for by name, made of this project's brokers; a plugin of the pytest that runs them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import dramatiq
import pytest
from django.apps import apps
from dramatiq.brokers.stub import StubBroker
from dramatiq.rate_limits.backends import StubBackend

from framework.tasks.brokers.durable import DurableBroker
from framework.tasks.relay import Relay
from framework.tasks.results import RowResults
from tests.contracts.conftest import System

THREADS: Final = 8


@dataclass(kw_only=True)
class Fixtures:
    """The fixtures, over brokers that ``make`` makes, and what became of each test."""

    make: Callable[[], DurableBroker]
    #: Those that did not pass, each with its traceback or the reason it was skipped for.
    others: dict[str, str] = field(default_factory=dict)

    @pytest.fixture(autouse=True)
    def _as_before(self) -> Iterator[None]:
        """Give the process its broker back: tests without a fixture for one declare actors, or look what there is."""
        before = dramatiq.get_broker()
        dramatiq.set_broker(StubBroker())
        yield
        dramatiq.set_broker(before)

    @pytest.fixture
    def stub_broker(self) -> Iterator[DurableBroker]:
        """Return a new broker, whose relay and maintenance run."""
        broker = self.make()
        dramatiq.set_broker(broker)
        system = System(broker=broker, relay=Relay(broker) if broker.needs_relay else None)
        system.start_looking()
        yield broker
        system.stop()
        for model in apps.get_app_config("tasks").get_models():
            model._default_manager.all().delete()

    @pytest.fixture
    def stub_worker(self, stub_broker: DurableBroker) -> Iterator[dramatiq.Worker]:
        """Return a worker that runs."""
        worker = dramatiq.Worker(stub_broker, worker_timeout=100, worker_threads=THREADS)
        worker.start()
        yield worker
        worker.stop()

    @pytest.fixture
    def result_backend(self) -> RowResults:
        """Return the rows' results."""
        return RowResults()

    @pytest.fixture
    def rate_limiter_backend(self) -> StubBackend:
        """Return what counts the children of a plain broker's groups."""
        return StubBackend()

    @pytest.fixture
    def redis_result_backend(self, result_backend: RowResults) -> RowResults:
        """Return the rows' results."""
        return result_backend

    @pytest.fixture
    def redis_broker(self, stub_broker: DurableBroker) -> DurableBroker:
        """Return the one broker of the test."""
        return stub_broker

    @pytest.fixture
    def rabbitmq_broker(self, stub_broker: DurableBroker) -> DurableBroker:
        """Return the one broker of the test."""
        return stub_broker

    @pytest.fixture
    def redis_worker(self, stub_worker: dramatiq.Worker) -> dramatiq.Worker:
        """Return the one worker of the test."""
        return stub_worker

    @pytest.fixture
    def rabbitmq_worker(self, stub_worker: dramatiq.Worker) -> dramatiq.Worker:
        """Return the one worker of the test."""
        return stub_worker

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what became of a test that did not pass."""
        if not report.passed:
            self.others[report.nodeid.rpartition("/")[2]] = str(report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be read."""
        if report.failed:
            self.others[report.nodeid] = str(report.longrepr)
