"""A private PostgreSQL."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from tests.patience import PATIENCE_SECONDS

from .server import Server

SETTINGS: Final = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "fsync=on")


@dataclass(kw_only=True)
class PostgresDoor(Server):
    """What lets clients of PostgreSQL in."""

    @property
    def url(self) -> str:
        """The first database behind it."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def answers(self) -> bool:
        """Tell whether clients get as far as a database that has recovered."""
        try:
            psycopg.connect(self.url, connect_timeout=60).close()
        except psycopg.OperationalError:
            return False
        return True


@dataclass(kw_only=True)
class Postgres(PostgresDoor):
    """A cluster of its own, which flushes what it commits."""

    data: Path
    command: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        folder = self.folder_of_programs()
        assert folder is not None, "PostgreSQL is not installed"
        self.data.mkdir(parents=True)
        self.folder = self.data
        if os.geteuid() == 0:
            # It refuses to run as root.
            self.user = "postgres"
            shutil.chown(self.data, "postgres", "postgres")
        settings = [part for setting in (*SETTINGS, f"port={self.port}") for part in ("-c", setting)]
        self.command = [str(folder / "postgres"), "-D", str(self.data), *settings]
        self._make_cluster(folder / "initdb")

    @staticmethod
    def folder_of_programs() -> Path | None:
        """Return where its programs are, which Debian keeps off the path; ``None`` where it is not installed."""
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        found = shutil.which("initdb")
        return debian[-1] if debian else Path(found).resolve().parent if found else None

    def stop_at_once(self) -> None:
        """Do what ``pg_ctl stop -m immediate`` does: no checkpoint, the next start recovers."""
        os.kill(self.pid, signal.SIGQUIT)
        self.wait(PATIENCE_SECONDS)

    def backends(self) -> list[int]:
        """Return the sessions of clients; when one is killed, PostgreSQL ends all of them and recovers by itself."""
        return [pid for pid in self.children() if "127.0.0.1(" in _title(pid)]

    def kill(self) -> None:
        """End it at once; a killed postmaster would leave its shared memory to the system."""
        if self.is_running:
            self.stop_at_once()
        super().kill()

    def _make_cluster(self, initdb: Path) -> None:
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [initdb, "-D", self.data, *options],
            cwd=self.data,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            check=True,
            capture_output=True,
        )


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
