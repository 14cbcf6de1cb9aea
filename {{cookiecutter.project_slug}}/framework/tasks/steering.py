"""What people do to tasks and queues, by hand or from their code."""

from collections.abc import Iterable
from uuid import UUID


def cancel(ids: Iterable[UUID | str]) -> int:
    """Cancel what waits at once, and ask running tasks to stop where they look; returns how many of both."""
    from . import transitions

    return transitions.cancel(ids)


def retry(ids: Iterable[UUID | str]) -> int:
    """Make dead, cancelled or waiting tasks due at once, with all attempts before them; returns how many."""
    from . import transitions

    return transitions.retry(ids)


def pause(queue: str) -> bool:
    """Hand out nothing more from ``queue``; running tasks finish. False when it was paused already."""
    from . import transitions

    return transitions.pause(queue)


def resume(queue: str) -> bool:
    """Hand out tasks of ``queue`` again; False when it was not paused."""
    from . import transitions

    return transitions.resume(queue)
