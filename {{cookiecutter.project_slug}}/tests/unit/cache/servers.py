"""A Redis server that belongs to one test, and can be stopped, frozen and started again."""

import signal
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.patience import PATIENCE_SECONDS
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


class HeldLine(socketserver.ThreadingTCPServer):
    """Stands before a server; once it holds, it keeps the answers to MGET back, all but their first ``most`` bytes.

    ``pings`` counts who asked meanwhile whether the server is there, and was told.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, most: int) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.port = port
        self.most = most
        self.pings = 0
        self.goes = threading.Event()
        self.goes.set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.server_address[1]}/0"


class _Line(socketserver.BaseRequestHandler):
    server: HeldLine

    def handle(self) -> None:
        """Carry both directions until one side closes."""
        self.carried = 0
        self.is_read = False
        with socket.create_connection(("127.0.0.1", self.server.port)) as far:
            threading.Thread(target=self._carry, args=(self.request, far, self._ask), daemon=True).start()
            self._carry(far, self.request, self._answer)

    def _ask(self, data: bytes) -> None:
        self.carried, self.is_read = 0, b"MGET" in data
        if b"PING" in data:
            self.server.pings += 1

    def _answer(self, data: bytes) -> None:
        self.carried += len(data)
        if self.is_read and self.carried > self.server.most:
            self.server.goes.wait(PATIENCE_SECONDS)

    def _carry(self, source: socket.socket, target: socket.socket, look: Callable[[bytes], None]) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                look(data)
                target.sendall(data)
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


@contextmanager
def held_line(server: PrivateRedis, *, most: int) -> Iterator[HeldLine]:
    """Run one before ``server`` for the block."""
    with HeldLine(server.port, most) as line:
        thread = threading.Thread(target=line.serve_forever, daemon=True)
        thread.start()
        try:
            yield line
        finally:
            line.goes.set()
            line.shutdown()
            thread.join()


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
