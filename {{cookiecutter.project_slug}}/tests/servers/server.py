"""A process that others connect to."""

import random
import socket
import time
from dataclasses import dataclass, field
from typing import Final

from .process import Process

START_SECONDS: Final = 60.0
# Below the ports the kernel hands to clients: one that knocks on a dead server's port among those can be given
# that very port, is then connected to itself, and the server cannot come back.
PORTS: Final = range(20_000, 32_000)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass(kw_only=True)
class Server(Process):
    """A server on a loopback port that it keeps through its deaths, like its data."""

    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it listens, as the environment variables say it."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Tell whether a client is served."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it for good, with what helps it."""
        self.kill()

    def wait_ready(self) -> None:
        """Return when a client is served; raises ``TimeoutError`` with what the server said."""
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline or not self.is_running:
                raise TimeoutError(f"{self.command[0]} does not answer:\n{self.said()}")
            time.sleep(0.02)
