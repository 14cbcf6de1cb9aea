"""What can go wrong with a task.

TaskError
├── MessageUnserializableError   an argument cannot be written as JSON
├── MessageTooLargeError         the arguments are larger than a row may be
├── DelayTooLongError            a task would wait longer than rows may
├── QueueNameError               a queue's name is not one that every broker takes
├── BrokerUnavailableError       the broker or the database behind it cannot be reached
├── UnknownScheduleError         a schedule's expression cannot be read
├── PriorityError                a priority is no number that a row holds
├── OptionsError                 options exclude each other
├── LimitError                   a rate or concurrency limit cannot be read
├── TaskCancelledError           raised inside a task that somebody cancelled
├── UnknownHereError             this worker's code does not know what the task is about
├── TaskRefusedError             a middleware failed a task before it ran
├── WorkerLostError              the worker died while it ran a task
├── UnreadableRowError           a row holds what no message can be made of
├── OutcomeRefusedError          the database refused what became of a task
├── FollowUpError                what was to follow from a task cannot be sent
├── DuplicateMessageError        a message was sent that has a row already
├── OtherDatabaseError           the transaction that is open is not the one a task would belong to
├── SharedMemoryError            this machine has no memory that processes can share
└── NotInTransactionError        ``claim_message`` was called outside a transaction
"""

from dramatiq.middleware import MiddlewareError

from framework.errors import TaskError


class MessageUnserializableError(TaskError):
    """An argument of a message is not made of JSON values."""


class MessageTooLargeError(TaskError):
    """The arguments of a message take more bytes than a row may hold."""


class DelayTooLongError(TaskError):
    """A task was to wait for longer than rows may."""


class QueueNameError(TaskError):
    """A queue's name is too long or has characters that a broker refuses."""


class BrokerUnavailableError(TaskError):
    """The broker did not answer in time."""


class UnknownScheduleError(TaskError):
    """A cron expression, a time zone or a catch-up policy cannot be read."""


class PriorityError(TaskError):
    """A priority is no whole number, or larger than a row holds."""


class OptionsError(TaskError, MiddlewareError):
    """Two options of an actor, or of a message, exclude each other.

    A ``MiddlewareError``, since Dramatiq only logs everything else that a middleware raises while an actor is declared.
    """


class LimitError(TaskError, MiddlewareError):
    """The option ``limit`` or ``concurrency`` of an actor cannot be read.

    A ``MiddlewareError``, since Dramatiq only logs everything else that a middleware raises while an actor is declared.
    """


class TaskCancelledError(TaskError):
    """Somebody cancelled the task that is running here; let it pass to end the task as cancelled."""


class NotInTransactionError(TaskError):
    """A message can be claimed only in the transaction that does its work."""


class UnreadableRowError(TaskError):
    """A row does not hold what a message is made of."""


class OutcomeRefusedError(TaskError):
    """The database refused what became of a task, which therefore cannot be told."""


class FollowUpError(TaskError):
    """The next link of a chain, or a callback, cannot be sent what it was to be sent; kept with the task."""


class DuplicateMessageError(TaskError):
    """A message was sent whose id belongs to a task already."""


class OtherDatabaseError(TaskError):
    """A task was sent inside the transaction of another database, whose rollback it would survive."""


class SharedMemoryError(TaskError):
    """Processes cannot share memory, so that no worker can start any."""


class LedgerUnavailableError(MiddlewareError):
    """The row of a task could not be started, so the task must neither run nor count as done.

    A ``MiddlewareError``, since Dramatiq swallows everything else that a middleware raises before a task.
    """


class UnknownHereError(TaskError):
    """What a task is about is not known to this worker's code, as while two releases run at once.

    Raised inside a task it puts the task back for a worker that knows, no attempt counted; after a day of that the
    task is dead.
    """


class TaskRefusedError(TaskError):
    """A task ended before it ran, by a middleware or as another one did; kept with the task, never raised."""


class WorkerLostError(TaskError):
    """The worker died while it ran a task; kept with the task, never raised."""
