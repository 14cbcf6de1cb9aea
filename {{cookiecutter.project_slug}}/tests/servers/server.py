"""A process that others connect to."""

import random
import socket
from dataclasses import dataclass, field
from typing import Final

from tests.patience import eventually

from .process import Process

# Below the ports the kernel hands to clients: one that knocks on a dead server's port among those can be given
# that very port, is then connected to itself, and the server cannot come back.
PORTS: Final = range(20_000, 32_000)
# By chance of its own: runs that are drawn from one seed would all pick the same ones.
_PICK: Final = random.SystemRandom()


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    while True:
        port = _PICK.choice(PORTS)
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
        if not eventually(lambda: self.answers() or not self.is_running) or not self.is_running:
            raise TimeoutError(f"{self.command[0]} does not answer:\n{self.said()}")
