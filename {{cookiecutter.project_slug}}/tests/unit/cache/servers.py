"""A Redis server that belongs to one test, and can be stopped, frozen and started again."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.requirement import need
from tests.servers import Redis


class PrivateRedis(Redis):
    """A server that keeps nothing."""

    def start(self) -> None:
        """Start, and return when it answers."""
        super().start()
        self.wait_ready()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep it from answering inside the block, without closing a connection."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)


@contextmanager
def private_redis(folder: Path) -> Iterator[PrivateRedis]:
    """Run a server for the block; skip where Redis is not installed, but not on CI."""
    need(Redis.binary() is not None, "redis-server")
    server = PrivateRedis(data=folder, log=folder / "redis.log")
    server.start()
    try:
        yield server
    finally:
        server.kill()
