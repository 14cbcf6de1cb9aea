"""What tests use: the messages a block sends, and a worker that runs what is due, here and now."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from queue import PriorityQueue
from typing import TYPE_CHECKING, Any

import dramatiq
from django.core.exceptions import ImproperlyConfigured
from dramatiq import Broker, Consumer, Message, MessageProxy
from dramatiq.worker import ConsumerThread, WorkerThread

from .handover import HandOver
from .message import to_message
from .middleware.throttling import enforced
from .outbox import after_write, recorded
from .running import worker_name

if TYPE_CHECKING:
    from .models import Task

MAX_ROUNDS = 100


@contextmanager
def captured_tasks() -> Iterator[list[Message[Any]]]:
    """Yield the list of messages sent inside the block, in order; they are written as ever."""
    messages: list[Message[Any]] = []
    token = recorded.set(messages)
    try:
        yield messages
    finally:
        recorded.reset(token)


@contextmanager
def eager_tasks() -> Iterator[None]:
    """Run every task sent inside the block at once, where it is sent, as :func:`run_tasks` does.

    Arguments and results go through real serialization, a failing task waits for its retry as ever, and
    ``send()`` returns when the task has run.
    """
    token = after_write.set(_run_eagerly)
    try:
        yield
    finally:
        after_write.reset(token)


def _run_eagerly() -> None:
    token = after_write.set(None)
    try:
        run_tasks()
    finally:
        after_write.reset(token)


def run_tasks() -> "list[Task]":
    """Run everything that is due, and what it sends in turn, in this thread; return the rows as they ended.

    The messages go through Dramatiq's own worker code, the broker's middleware and real serialization;
    only the transport is left out. A task that fails stays as its row says (pending for its retry, or dead).
    """
    from .models import Task
    from .transitions import claim, database

    broker = dramatiq.get_broker()
    worker = _worker(broker)
    ran: list[int] = []
    for _ in range(MAX_ROUNDS):
        queues = sorted(broker.get_declared_queues())
        tasks = [task for queue in queues for task in claim(queue, 100, worker=worker_name())]
        if not tasks:
            break
        for task in tasks:
            ran.append(task.serial)
            _process(worker, task)
    else:
        raise ImproperlyConfigured(f"Tasks still send tasks after {MAX_ROUNDS} rounds; do they ever end?")
    return sorted(Task.objects.using(database()).filter(serial__in=ran), key=lambda task: ran.index(task.serial))


def run_schedules(moment: datetime) -> None:
    """Send what the schedules have due at ``moment``, as the scheduler would at that time.

    With the first call a cron expression that names this very moment is due, and the period of an ``@every`` begins.
    """
    from .scheduler import Scheduler

    Scheduler(lambda: moment).poll()


class _NoTransport(Consumer):
    def ack(self, message: MessageProxy) -> None:
        """Nothing to acknowledge."""

    def nack(self, message: MessageProxy) -> None:
        """Nothing to reject."""

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Nothing to hand back."""


class _Consumers(dict[str, ConsumerThread]):
    def __init__(self, broker: Broker) -> None:
        super().__init__()
        self._broker = broker

    def __missing__(self, queue: str) -> ConsumerThread:
        consumer = ConsumerThread(
            broker=self._broker, queue_name=queue, prefetch=1, work_queue=PriorityQueue(), worker_timeout=1
        )
        consumer.consumer = _NoTransport()
        self[queue] = consumer
        return consumer


def _worker(broker: Broker) -> WorkerThread:
    return WorkerThread(broker=broker, consumers=_Consumers(broker), work_queue=PriorityQueue(), worker_timeout=1)


def _process(worker: WorkerThread, task: HandOver) -> None:
    unlimited = enforced.set(False)
    try:
        _run(worker, task)
    finally:
        enforced.reset(unlimited)


def _run(worker: WorkerThread, task: HandOver) -> None:
    message = MessageProxy(Message.decode(to_message(task).encode()))
    consumer = worker.consumers[task.queue]
    consumer.work_queue = worker.work_queue
    consumer.handle_message(message)
    if not worker.work_queue.empty():
        worker.process_message(worker.work_queue.get().message)
