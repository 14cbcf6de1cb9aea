"""A Redis server that belongs to one test, and can be stopped, frozen and started again."""

import signal
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


class SlowLine(socketserver.ThreadingTCPServer):
    """Stands before a server and hands its answers on at a rate, in bytes per second, for each connection."""

    daemon_threads = True
    allow_reuse_address = True
    chunk = 65_536

    def __init__(self, port: int, rate: int) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.port = port
        self.pause = self.chunk / rate

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.server_address[1]}/0"


class _Line(socketserver.BaseRequestHandler):
    server: SlowLine

    def handle(self) -> None:
        """Carry both directions until one side closes."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as far:
            there = threading.Thread(target=self._carry, args=(self.request, far), daemon=True)
            there.start()
            self._carry(far, self.request, self.server.pause)

    def _carry(self, source: socket.socket, target: socket.socket, pause: float = 0.0) -> None:
        with suppress(OSError):
            while data := source.recv(self.server.chunk):
                target.sendall(data)
                if pause and len(data) == self.server.chunk:
                    time.sleep(pause)
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


@contextmanager
def slow_line(server: PrivateRedis, rate: int) -> Iterator[SlowLine]:
    """Run one before ``server`` for the block."""
    with SlowLine(server.port, rate) as line:
        thread = threading.Thread(target=line.serve_forever, daemon=True)
        thread.start()
        try:
            yield line
        finally:
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
