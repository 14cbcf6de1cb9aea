"""What can be wrong with a limit."""

from framework.errors import FrameworkError


class RateError(FrameworkError, ValueError):
    """A rate that cannot be read."""
