"""The life of a row while its task runs."""

import threading
from typing import Any

from django.db import Error
from dramatiq import Broker, MessageProxy
from dramatiq.errors import ActorNotFound
from dramatiq.middleware import Middleware, SkipMessage

from framework.tasks.coroutines import adopt
from framework.tasks.exceptions import LedgerUnavailableError
from framework.tasks.journal import current_journal
from framework.tasks.leases import leases
from framework.tasks.message import SAME_AS
from framework.tasks.options import generation_of, option, require_row_for
from framework.tasks.outcome import is_open, leave_block, open_block
from framework.tasks.results import storable
from framework.tasks.running import worker_name
from framework.tasks.signatures import signature_of


class Ledger(Middleware):
    """Counts the attempt before the task runs, writes the outcome after it, both fenced by the generation.

    With the actor option ``atomic=True`` the actor's own database writes and the outcome commit together,
    so that its effects in the database happen exactly once.
    """

    def __init__(self) -> None:
        # The thread that runs each task: a second delivery must not touch what the first one holds.
        self._threads: dict[str, int] = {}

    @property
    def actor_options(self) -> set[str]:
        """The options actors may set."""
        return {"durable", "atomic", "unique", "run_when", "keep_dead"}

    def before_declare_actor(self, broker: Broker, actor: Any) -> None:
        """Refuse what does not go together; let a coroutine's database calls belong to its transaction."""
        require_row_for(actor.actor_name, actor.options)
        adopt(actor, in_transaction=is_open)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """sent → running, or skip: a doubled, cancelled or outdated hand-over."""
        if (generation := generation_of(message)) is None:
            return
        # With the models, which are not there yet when the broker is made.
        from framework.tasks.followers import follow
        from framework.tasks.parking import park

        try:
            if SAME_AS in message.options:
                follow(broker, message, generation)
                raise SkipMessage(f"Task {message.message_id} ends as another does")
            if problem := _misfit(broker, message):
                park(broker, message, generation, TypeError(problem))
                raise SkipMessage(problem)
            started = _start(message.message_id, generation)
            if started and option(broker, message, "atomic"):
                open_block()
        except Error as error:
            # Neither run nor counted as done: the lease ends and the row is sent again.
            leases().drop([message.message_id])
            raise LedgerUnavailableError(f"The row of task {message.message_id} cannot be started") from error
        if not started:
            raise SkipMessage(f"Task {message.message_id} was handed over again, finished or cancelled meanwhile")
        self._threads[message.message_id] = threading.get_ident()
        leases().hold([message.message_id])

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """running → dead or done when a middleware refused a task that had begun; else the row stays as it is."""
        from framework.tasks.ending import end_skipped

        leave_block()
        thread = self._threads.get(message.message_id)
        if thread is not None and thread != threading.get_ident():
            return
        try:
            if self._threads.pop(message.message_id, None) is not None:
                end_skipped(message)
        finally:
            leases().drop([message.message_id])

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """running → done, pending, dead or cancelled."""
        generation = generation_of(message)
        if generation is None or isinstance(exception, LedgerUnavailableError):
            return
        from framework.tasks.ending import StaleGenerationError, end, fail, must_be_together, tell_discarded

        self._threads.pop(message.message_id, None)
        journal = current_journal()
        succeeded = exception is None and not message.failed
        if succeeded and journal is not None and not must_be_together(broker, message):
            journal.finish(message.message_id, generation, storable(message, result))
            return
        try:
            if succeeded:
                end(broker, message, generation, result)
            else:
                fail(broker, message, generation, exception)
        except StaleGenerationError:
            tell_discarded()
        finally:
            leases().drop([message.message_id])

    def after_nack(self, broker: Broker, message: MessageProxy) -> None:
        """sent → pending: an actor this worker does not know waits for one that does."""
        from framework.tasks.parking import park

        error = message._exception
        generation = generation_of(message)
        if generation is not None and isinstance(error, ActorNotFound):
            park(broker, message, generation, error)
        leases().drop([message.message_id])


def _start(task_id: str, generation: int) -> bool:
    from framework.tasks import transitions

    if (journal := current_journal()) is not None:
        return journal.start(task_id, generation)
    return task_id in transitions.start([(task_id, generation)], worker_name())


def _misfit(broker: Broker, message: MessageProxy) -> str | None:
    """Say why the actor of this code cannot take the arguments of a message written by older code."""
    actor = broker.actors.get(message.actor_name)
    if actor is None:
        return None
    try:
        signature_of(actor.fn).bind(*message.args, **message.kwargs)
    except TypeError as error:
        return f"{message.actor_name}{signature_of(actor.fn)} does not take the arguments of this message: {error}"
    return None
