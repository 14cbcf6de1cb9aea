"""A private redis-server."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import redis

from .server import Server

#: Survives a kill of the process; a power failure may cost the last second.
APPEND_ONLY: Final = ("--appendonly", "yes", "--appendfsync", "everysec")


@dataclass(kw_only=True)
class Redis(Server):
    """Without ``options`` it keeps nothing: a kill loses all it held."""

    data: Path
    options: Sequence[str] = ()
    password: str | None = None
    command: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.data)]
        self.command = [self.binary() or "redis-server", *where, "--save", "", *self.options]

    @staticmethod
    def binary() -> str | None:
        """Return the program; ``None`` where it is not installed."""
        return shutil.which("redis-server")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        """Tell whether it has read its file and serves."""
        try:
            with redis.Redis(port=self.port, password=self.password, socket_timeout=60) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
