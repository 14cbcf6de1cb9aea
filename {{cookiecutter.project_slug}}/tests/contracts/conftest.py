"""Every broker, with a worker and a relay of its own in this process, on the test database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from django.db import InterfaceError, OperationalError, connections
from django.utils.module_loading import import_string
from dramatiq.results import Results

from framework.tasks.brokers.database import DatabaseBroker
from framework.tasks.brokers.durable import DurableBroker
from framework.tasks.brokers.rabbitmq import RabbitmqOutboxBroker
from framework.tasks.brokers.redis import RedisOutboxBroker
from framework.tasks.conf import MIDDLEWARE
from framework.tasks.maintenance import Maintenance
from framework.tasks.models import Task
from framework.tasks.relay import Relay
from framework.tasks.results import RowResults
from framework.tasks.states import ENDED
from tests.patience import PATIENCE_SECONDS, eventually
from tests.requirement import need
from tests.servers import RabbitMQ, Redis

QUEUE = "contract"
KINDS = ("database", "redis", "rabbitmq")


@dataclass(kw_only=True)
class System:
    """A broker and what runs its tasks."""

    broker: DurableBroker
    relay: Relay | None
    worker: dramatiq.Worker | None = None
    _maintenance: Maintenance = field(default_factory=Maintenance)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _gates: list[threading.Event] = field(default_factory=list)

    def actor(self, function: Callable[..., Any], **options: Any) -> dramatiq.Actor[..., Any]:
        """Declare ``function`` as an actor of this broker."""
        options = {"queue_name": QUEUE, "actor_name": function.__name__, **options}
        declared: dramatiq.Actor[..., Any] = dramatiq.actor(broker=self.broker, **options)(function)
        return declared

    def gate(self) -> threading.Event:
        """Return what a task may wait for; it opens at the latest when the test ends, also when that fails."""
        self._gates.append(threading.Event())
        return self._gates[-1]

    def start(self, *, threads: int = 4) -> None:
        """Start the worker, and what looks after its tasks."""
        self.worker = dramatiq.Worker(self.broker, worker_timeout=100, worker_threads=threads)
        self.worker.start()
        self.start_looking()

    def start_looking(self) -> None:
        """Start the maintenance and, for a broker that needs it, the relay."""
        # What Dramatiq's command does in each process; the time limit's clock starts there.
        self.broker.emit_after("process_boot")
        polls = [(self._maintenance.poll, 0.1), *([(self.relay.poll, 0.02)] if self.relay else [])]
        for poll, longest in polls:
            thread = threading.Thread(target=self._loop, args=(poll, longest), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop everything, and wait for it."""
        self._stopped.set()
        for gate in self._gates:
            gate.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive(), "what looks after the tasks does not end"
        self._maintenance.close()
        if self.worker is not None:
            self.worker.stop(timeout=300_000)
        self.broker.flush_all() if self.relay else None
        self.broker.close()

    def settled(self, *messages: dramatiq.Message[Any]) -> list[Task]:
        """Return the rows of ``messages`` once all have ended."""
        ids = [message.message_id for message in messages]
        until(lambda: Task.objects.filter(id__in=ids, state__in=ENDED).count() == len(set(ids)))
        rows = {str(task.id): task for task in Task.objects.filter(id__in=ids)}
        return [rows[task_id] for task_id in ids]

    def publish_again(self, message: dramatiq.Message[Any]) -> None:
        """Deliver the message of a row once more, as brokers do that lose an acknowledgement."""
        from framework.tasks.message import to_message

        task = Task.objects.get(id=message.message_id)
        if self.relay:
            self.broker.publish([to_message(task)])

    def _loop(self, poll: Callable[[], float], longest: float) -> None:
        try:
            while not self._stopped.is_set():
                self._stopped.wait(min(longest, self._poll(poll)))
        finally:
            connections.close_all()

    @staticmethod
    def _poll(poll: Callable[[], float]) -> float:
        try:
            return poll()
        except (OperationalError, InterfaceError):
            # As the command does: the next look has a connection of its own.
            connections.close_all()
            return 0.0


def until(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` holds."""
    if not eventually(condition):
        rows = list(Task.objects.order_by("-serial").values("actor", "state", "attempts", "errors")[:20])
        pytest.fail(f"it never came; the newest rows: {rows}")


def end_session(pid: int) -> None:
    """Let PostgreSQL end the session of its process ``pid``."""
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()


@contextmanager
def running(server: type[Redis | RabbitMQ], folder: Path) -> Iterator[str]:
    """Let a private server run during the block, which is given its address."""
    need(server.binary() is not None, server.__name__)
    private = server(data=folder / "data", log=folder / "log")
    private.start()
    try:
        private.wait_ready()
        yield private.url
    finally:
        private.stop()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a private Redis."""
    with running(Redis, tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a private RabbitMQ."""
    with running(RabbitMQ, tmp_path_factory.mktemp("rabbitmq")) as url:
        yield url


def broker_middleware() -> list[Any]:
    """Return what a broker of a project has."""
    return [*(import_string(path)() for path in MIDDLEWARE), Results(backend=RowResults(), store_results=True)]


def _kind_of(name: str, request: pytest.FixtureRequest) -> tuple[type[DurableBroker], dict[str, Any]]:
    if name == "database":
        return DatabaseBroker, {}
    if name == "redis":
        return RedisOutboxBroker, {"url": request.getfixturevalue("redis_url")}
    url = request.getfixturevalue("rabbitmq_url")
    return RabbitmqOutboxBroker, {"url": url, "namespace": "contracts", "confirm_delivery": True}


@pytest.fixture(params=KINDS)
def kind_of_broker(request: pytest.FixtureRequest) -> tuple[type[DurableBroker], dict[str, Any]]:
    """Return each broker's class in turn, with what it is made with."""
    return _kind_of(request.param, request)


@pytest.fixture(params=KINDS)
def system(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[System]:
    """Return each broker in turn; a test starts its worker itself."""
    before = dramatiq.get_broker()
    kind, options = _kind_of(request.param, request)
    broker = kind(middleware=broker_middleware(), **options)
    dramatiq.set_broker(broker)
    system = System(broker=broker, relay=Relay(broker) if broker.needs_relay else None)
    try:
        yield system
    finally:
        system.stop()
        dramatiq.set_broker(before)
