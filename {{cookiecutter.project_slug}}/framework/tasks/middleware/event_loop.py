"""The event loop of a worker's coroutines, which outlasts any of them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from dramatiq import Broker, Worker
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread, set_event_loop_thread
from dramatiq.middleware import AsyncIO

# Longer than a busy machine needs.
START_SECONDS: Final = 60.0


class ExitError(Exception):
    """What would end the event loop, on its way to whoever waits for the coroutine that raised it."""

    def __init__(self, error: KeyboardInterrupt | SystemExit) -> None:
        super().__init__(repr(error))
        self.error = error


class LastingEventLoop(EventLoopThread):
    """A thread that runs an event loop until it is stopped.

    asyncio lets ``SystemExit`` and ``KeyboardInterrupt`` of any coroutine end the loop, which all of a worker share.
    """

    def __init__(self, logger: Any) -> None:
        super().__init__(logger)
        self.loop.set_task_factory(_task_without_exit)

    def run(self) -> None:
        """Run the loop, again where a callback has ended it."""
        try:
            while not self._was_stopped():
                pass
        finally:
            self.loop.close()

    def stop(self) -> None:
        """End the loop, and wait for that."""
        if self.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.join()

    def _was_stopped(self) -> bool:
        try:
            self.loop.run_forever()
        except (KeyboardInterrupt, SystemExit) as error:
            self.logger.error("A callback ended with %r; the event loop goes on.", error)
            return False
        return True


class LastingAsyncIO(AsyncIO):
    """Gives a worker its event loop."""

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Start the loop."""
        thread = LastingEventLoop(self.logger)
        thread.start(timeout=START_SECONDS)
        set_event_loop_thread(thread)

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Stop the loop."""
        if (thread := get_event_loop_thread()) is not None:
            thread.stop()
            set_event_loop_thread(None)


def _task_without_exit(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any
) -> "asyncio.Task[Any]":
    return asyncio.Task(_without_exit(coroutine), loop=loop, **options)


async def _without_exit(coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await coroutine
    except (KeyboardInterrupt, SystemExit) as error:
        raise ExitError(error) from None
