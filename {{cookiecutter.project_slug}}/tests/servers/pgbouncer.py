"""A private PgBouncer, which gives each transaction the session that is free."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .postgres import PostgresDoor

SETTINGS: Final = {
    "listen_addr": "127.0.0.1",
    "unix_socket_dir": "",
    "auth_type": "any",
    "pool_mode": "transaction",
    # Few, and none for long, so that no two transactions can count on the same.
    "default_pool_size": "4",
    "server_lifetime": "2",
    "server_idle_timeout": "1",
    "server_round_robin": "1",
    "max_client_conn": "500",
    "ignore_startup_parameters": "extra_float_digits",
}


@dataclass(kw_only=True)
class PgBouncer(PostgresDoor):
    """Between clients and the PostgreSQL on ``server_port``."""

    data: Path
    server_port: int
    command: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        binary = self.binary()
        assert binary is not None, "PgBouncer is not installed"
        self.data.mkdir(parents=True)
        database = f"* = host=127.0.0.1 port={self.server_port} user=postgres"
        settings = "\n".join(f"{name} = {value}" for name, value in {**SETTINGS, "listen_port": self.port}.items())
        file = self.data / "pgbouncer.ini"
        file.write_text(f"[databases]\n{database}\n[pgbouncer]\n{settings}\n", encoding="utf-8")
        # It refuses to run as root, and becomes somebody else once it has read its file.
        self.command = [binary, *(["-u", "postgres"] if os.geteuid() == 0 else []), str(file)]

    @staticmethod
    def binary() -> str | None:
        """Return its path; ``None`` where it is not installed."""
        return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
