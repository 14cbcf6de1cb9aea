"""A clock that the test moves."""


class Clock:
    """Time in seconds that passes on demand; called like ``time.monotonic``."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
