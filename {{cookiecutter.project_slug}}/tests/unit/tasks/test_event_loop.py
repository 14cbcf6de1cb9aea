"""The event loop of a worker goes on, whatever is called on it."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from framework.tasks.middleware.event_loop import ExitError, LastingEventLoop
from tests.patience import eventually


@pytest.fixture
def thread() -> Iterator[LastingEventLoop]:
    """Return a loop that runs."""
    thread = LastingEventLoop(logging.getLogger("of this test"))
    thread.start()
    yield thread
    thread.stop()
    assert not thread.is_alive()


async def answer() -> int:
    return 42


async def leave() -> None:
    raise SystemExit(3)


def test_a_callback_that_would_end_the_loop_does_not(thread: LastingEventLoop) -> None:
    thread.loop.call_soon_threadsafe(exit)

    # Until it runs again it says that it does not.
    assert eventually(thread.loop.is_running)
    assert asyncio.run_coroutine_threadsafe(answer(), thread.loop).result() == 42


def test_who_waits_for_a_coroutine_is_told_of_its_exit(thread: LastingEventLoop) -> None:
    with pytest.raises(ExitError) as told:
        asyncio.run_coroutine_threadsafe(leave(), thread.loop).result()

    assert isinstance(told.value.error, SystemExit)
    assert asyncio.run_coroutine_threadsafe(answer(), thread.loop).result() == 42
