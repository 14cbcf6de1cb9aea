"""What can go wrong with a task.

TaskError
├── MessageUnserializableError   an argument cannot be written as JSON
├── MessageTooLargeError         the arguments are larger than a row may be
├── BrokerUnavailableError       the broker or the database behind it cannot be reached
└── UnknownScheduleError         a schedule's expression cannot be read
"""

from dramatiq.middleware import MiddlewareError

from framework.errors import TaskError


class MessageUnserializableError(TaskError):
    """An argument of a message is not made of JSON values."""


class MessageTooLargeError(TaskError):
    """The arguments of a message take more bytes than a row may hold."""


class BrokerUnavailableError(TaskError):
    """The broker did not answer in time."""


class UnknownScheduleError(TaskError):
    """A cron expression cannot be read."""


class LedgerUnavailableError(MiddlewareError):
    """The row of a task could not be started, so the task must neither run nor count as done.

    A ``MiddlewareError``, since Dramatiq swallows everything else that a middleware raises before a task.
    """
