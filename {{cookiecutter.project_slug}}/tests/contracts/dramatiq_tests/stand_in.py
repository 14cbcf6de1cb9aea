"""The project's brokers with what Dramatiq's tests expect of its brokers for tests."""

import threading
from collections import defaultdict
from typing import Any

import dramatiq
from dramatiq import Middleware, QueueJoinTimeout
from dramatiq.brokers.stub import _StubMessageProxy
from dramatiq.errors import QueueNotFound
from dramatiq.results import Results

from framework.tasks.brokers.durable import DurableBroker
from framework.tasks.models import Task
from framework.tasks.states import ENDED, TaskState
from tests.contracts.conftest import broker_middleware, until


class Journal(Middleware):
    """Knows what workers are at and what they have done."""

    def __init__(self) -> None:
        #: With the exception of each, which Dramatiq forgets.
        self.done: list[tuple[dramatiq.MessageProxy, BaseException | None]] = []
        self._begun: set[int] = set()
        self._lock = threading.Lock()

    @property
    def is_idle(self) -> bool:
        """Whether all that was begun was acknowledged or refused."""
        return not self._begun

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Note that ``message`` is begun."""
        with self._lock:
            self._begun.add(id(message))

    def after_ack(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Note that ``message`` is done."""
        # A test that counts references switches this off where Dramatiq's broker for tests does it.
        keeps = _StubMessageProxy.clear_exception is not dramatiq.MessageProxy.clear_exception
        with self._lock:
            self.done.append((message, message._exception if keeps else None))
            self._begun.discard(id(message))

    after_nack = after_ack


class Joining:
    """Mixed in before a broker: the methods that only brokers for tests have."""

    journal: Journal

    def join(self: Any, queue_name: str, *, fail_fast: bool = True, **_: Any) -> None:
        """Wait until all that was sent to ``queue_name`` has ended; for as long as a busy machine needs."""
        if queue_name not in self.get_declared_queues():
            raise QueueNotFound(queue_name)
        until(lambda: self._is_done(queue_name) or self._is_parked(queue_name))
        if not self._is_done(queue_name):
            raise QueueJoinTimeout(queue_name)
        for message, exception in self._dead() if fail_fast else ():
            if message.queue_name == queue_name:
                raise (exception or Exception("dead for no exception")) from None

    def flush(self: Any, queue_name: str) -> None:
        """Forget what waits in ``queue_name``."""
        if self.needs_relay:
            super().flush(queue_name)  # type: ignore[misc]
        Task.objects.filter(queue=queue_name).delete()

    def flush_all(self: Any) -> None:
        """Forget what waits anywhere, and what was refused."""
        for queue_name in self.get_declared_queues():
            self.flush(queue_name)
        self.journal.done.clear()

    @property
    def dead_letters(self) -> list[dramatiq.MessageProxy]:
        """What is dead: here the rows tell, and no message is put aside."""
        return [message for message, _ in self._dead()]

    @property
    def dead_letters_by_queue(self) -> dict[str, list[dramatiq.MessageProxy]]:
        """What is dead, by the name of its queue."""
        by_queue = defaultdict(list)
        for message in self.dead_letters:
            by_queue[message.queue_name].append(message)
        return by_queue

    def _dead(self) -> list[tuple[dramatiq.MessageProxy, BaseException | None]]:
        dead = {str(task_id) for task_id in Task.objects.filter(state=TaskState.DEAD).values_list("id", flat=True)}
        return [(message, exception) for message, exception in self.journal.done if message.message_id in dead]

    def _is_done(self, queue_name: str) -> bool:
        waiting = Task.objects.filter(queue=queue_name).exclude(state__in=ENDED)
        return self.journal.is_idle and not waiting.exists() and self.journal.is_idle

    def _is_parked(self, queue_name: str) -> bool:
        """Whether a task waits there for a worker that knows it; here nobody deploys one."""
        waiting = Task.objects.filter(queue=queue_name, state=TaskState.PENDING)
        return any(error["type"] == "dramatiq.errors.ActorNotFound" for row in waiting for error in row.errors)


def with_joining(broker: type[DurableBroker]) -> type[DurableBroker]:
    """Return ``broker`` as a class that can be joined."""
    return type(f"Joining{broker.__name__}", (Joining, broker), {})


def joined(kind: type[DurableBroker], options: dict[str, Any]) -> DurableBroker:
    """Return a new broker of ``kind`` that can be joined, with the middleware of a project but for its results.

    Tests of results bring theirs.
    """
    journal = Journal()
    middleware = [each for each in broker_middleware() if not isinstance(each, Results)]
    # The first to be asked, before one that skips a message.
    broker = with_joining(kind)(middleware=[journal, *middleware], **options)
    broker.journal = journal  # type: ignore[attr-defined]  # of Joining, which is mixed in
    return broker
