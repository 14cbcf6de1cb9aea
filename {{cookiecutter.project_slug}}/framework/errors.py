"""The exceptions a user of the framework can catch.

FrameworkError
├── ConfigurationError      the environment is wrong; carries every problem found
├── MissingExtraError       an optional dependency is not installed
├── TaskError               framework.tasks
├── EventError              framework.signals
├── CacheError              framework.cache
├── ServiceError            framework.services
└── InvalidCursorError      framework.pagination
"""

from collections.abc import Sequence


class FrameworkError(Exception):
    """Root of everything the framework raises on purpose."""


class ConfigurationError(FrameworkError):
    """The environment is wrong; ``problems`` has one sentence for each fault found."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class MissingExtraError(FrameworkError, ImportError):
    """A component needs an optional dependency that is not installed; the message says how to get it."""


class TaskError(FrameworkError):
    """A task could not be enqueued, claimed or finished."""


class EventError(FrameworkError):
    """An event or a receiver is declared or used wrongly."""


class CacheError(FrameworkError):
    """A cache is configured or used wrongly."""


class ServiceError(FrameworkError):
    """An outside service (Telegram, e-mail) refused or could not be reached."""
