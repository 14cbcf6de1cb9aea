"""A Redis master, a replica that takes its place, and the sentinel that decides so."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import redis

from .redis import Redis
from .server import Server

SERVICE = "shop"
#: As an operator's password generator writes them.
PASSWORD = "p/hunter2@#%1"
SENTINEL_PASSWORD = "s+hunter2"


@dataclass(kw_only=True)
class Sentinel(Server):
    """Watches one master; it keeps what it knows in its configuration file."""

    master: Redis
    folder: Path
    command: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        file = self.folder / "sentinel.conf"
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f'requirepass "{SENTINEL_PASSWORD}"',
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.master.port} 1",
            f'sentinel auth-pass {SERVICE} "{PASSWORD}"',
            f"sentinel down-after-milliseconds {SERVICE} 300",
            f"sentinel failover-timeout {SERVICE} 3000",
        ]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.command = ["redis-server", str(file), "--sentinel"]

    def answers(self) -> bool:
        """Tell whether it knows of a replica that has the master's data."""
        try:
            with redis.Redis(port=self.port, password=SENTINEL_PASSWORD, socket_timeout=60) as client:
                return any(found["master-link-status"] == "ok" for found in client.sentinel_slaves(SERVICE))
        except redis.RedisError:
            return False


@dataclass(kw_only=True)
class Guarded:
    """A service with its sentinel; ``url`` names a sentinel that is gone first."""

    url: str
    master: Redis
    replica: Redis


@contextmanager
def guarded(folder: Path) -> Iterator[Guarded]:
    """Run the three for the block."""
    secrets = ("--requirepass", PASSWORD, "--masterauth", PASSWORD)
    with ExitStack() as stack:
        servers: list[Redis] = []
        for name in ("master", "replica"):
            follow = ("--replicaof", f"127.0.0.1 {servers[0].port}") if servers else ()
            options = [*secrets, *follow, "--repl-diskless-sync-delay", "0"]
            servers.append(Redis(data=folder / name, log=folder / f"{name}.log", options=options, password=PASSWORD))
        sentinel = Sentinel(master=servers[0], folder=folder, log=folder / "sentinel.log")
        for server in (*servers, sentinel):
            server.start()
            stack.callback(server.kill)
            server.wait_ready()
        where = f"127.0.0.1:1,127.0.0.1:{sentinel.port}/{SERVICE}/1?sentinel_password={quote(SENTINEL_PASSWORD)}"
        yield Guarded(url=f"redis+sentinel://:{PASSWORD}@{where}", master=servers[0], replica=servers[1])
