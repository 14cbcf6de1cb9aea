"""Actors in every way that Dramatiq's guide, cookbook and advanced topics declare them.

It is what another project brings along: nothing of this one is imported. ``seen`` shows what ran.
"""

import os
import time
import urllib.request
from typing import Any, ClassVar

import dramatiq
from dramatiq.middleware import CurrentMessage, Middleware, Shutdown, TimeLimitExceeded
from dramatiq.rate_limits import Barrier, ConcurrentRateLimiter, WindowRateLimiter
from dramatiq.rate_limits.backends import RedisBackend

seen: list[Any] = []

backend = RedisBackend(url=os.environ["RATE_LIMITS_URL"])
mutex = ConcurrentRateLimiter(backend, "documented-mutex", limit=1)
window = WindowRateLimiter(backend, "documented-window", limit=2, window=3600)


@dramatiq.actor(store_results=True)
def count_words(url: str) -> int:
    """Count the words of a page."""
    with urllib.request.urlopen(url, timeout=60) as page:  # noqa: S310 - the test's own page
        return len(page.read().split())


@dramatiq.actor(max_retries=3, min_backoff=10, max_backoff=50)
def fragile(attempts: int) -> None:
    """Fail until the given attempt."""
    seen.append("tried")
    if seen.count("tried") < attempts:
        raise ConnectionError("not yet")


class InvalidUrlError(Exception):
    """Trying again would not help."""


@dramatiq.actor(throws=(InvalidUrlError,), min_backoff=10)
def strict(url: str) -> None:
    """Refuse what is no address."""
    seen.append(url)
    raise InvalidUrlError(url)


def once_more(retries_so_far: int, exception: BaseException) -> bool:
    """Tell whether to try again."""
    return retries_so_far < 1 and isinstance(exception, ConnectionError)


@dramatiq.actor(retry_when=once_more, min_backoff=10, max_backoff=50)
def picky() -> None:
    """Fail always."""
    seen.append("picky")
    raise ConnectionError("down")


@dramatiq.actor
def polite() -> None:
    """Say when to be tried again."""
    seen.append("polite")
    if len(seen) < 2:
        raise dramatiq.errors.Retry("come back soon", delay=50)


@dramatiq.actor(max_age=60_000)
def fresh() -> None:
    """Be of no use after a minute."""
    seen.append("fresh")


@dramatiq.actor(time_limit=300, max_retries=0)
def endless() -> None:
    """Clean up when the time is over."""
    try:
        while True:
            time.sleep(0.01)
    except TimeLimitExceeded:
        seen.append("cleaned up")
        raise


@dramatiq.actor(notify_shutdown=True, max_retries=3)
def interruptible() -> None:
    """Clean up when the worker stops, and ask to be run again."""
    seen.append("begun")
    try:
        while True:
            time.sleep(0.01)
    except Shutdown:
        seen.append("interrupted")
        raise


@dramatiq.actor(queue_name="documented-urgent", priority=0)
def urgent() -> None:
    """Go first."""
    seen.append("urgent")


@dramatiq.actor(queue_name="documented-urgent", priority=10)
def relaxed() -> None:
    """Go last."""
    seen.append("relaxed")


@dramatiq.actor(store_results=True)
def add(left: int, right: int) -> int:
    """Add; what a pipeline hands over comes last."""
    return left + right


@dramatiq.actor(store_results=True)
async def double(number: int) -> int:
    """Run on the worker's event loop."""
    return number * 2


@dramatiq.actor
def show(value: Any) -> None:
    """Show what came out."""
    seen.append(value)


@dramatiq.actor
def succeeded(message: dict[str, Any], result: Any) -> None:
    """Take the result of the message it is told of."""
    seen.append((message["actor_name"], result))


@dramatiq.actor
def failed(message: dict[str, Any], error: dict[str, Any]) -> None:
    """Take the error of the message it is told of."""
    seen.append((message["actor_name"], error["type"]))


@dramatiq.actor(min_backoff=20, max_backoff=50, max_retries=200)
def exclusive(number: int) -> None:
    """Run alone, whatever the number of workers."""
    with mutex.acquire():
        seen.append(("in", number))
        time.sleep(0.05)
        seen.append(("out", number))


@dramatiq.actor
def rationed() -> None:
    """Do nothing when there were enough."""
    with window.acquire(raise_on_failure=False) as acquired:
        seen.append(acquired)


@dramatiq.actor(store_results=True)
def introspective() -> str:
    """Know its own message."""
    message = CurrentMessage.get_current_message()
    return str(message and message.message_id)


@dramatiq.actor
def gather(name: str, parties: int) -> None:
    """Go on once all others are here."""
    barrier = Barrier(backend, name)
    barrier.create(parties=parties)
    if barrier.wait(block=False):
        seen.append("all here")


class ReportErrors(Middleware):
    """Reports what actors raise."""

    def after_process_message(self, broker: Any, message: Any, *, result: Any = None, exception: Any = None) -> None:
        """Report the exception, if there is one."""
        if exception is not None:
            seen.append(("reported", type(exception).__name__))


class Greeter(dramatiq.GenericActor):
    """An actor that is a class."""

    class Meta:
        """Its options."""

        max_retries: ClassVar[int] = 1
        store_results: ClassVar[bool] = True

    def perform(self, name: str) -> str:
        """Greet somebody."""
        return f"Hello {name}"
