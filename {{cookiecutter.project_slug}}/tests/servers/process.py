"""One command that a test starts, kills and starts again, with all that it forks."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.patience import PATIENCE_SECONDS, eventually

from .fork_server import ForkedProcess, ForkServer


@dataclass(kw_only=True)
class Process:
    """A command in a session of its own, so that its whole tree can be found and killed."""

    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    user: str | None = None
    #: Starts the command, which is a management command then.
    fork_server: ForkServer | None = None
    _popen: subprocess.Popen[bytes] | ForkedProcess | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start it; what it says is added to its log."""
        if self.fork_server is not None:
            assert self.environment is not None
            self._popen = self.fork_server.start([*self.command[1:]], environment=self.environment, log=self.log)
            return
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.folder,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The command's own process, which is also its session and group."""
        assert self._popen is not None, "it was never started"
        return self._popen.pid

    @property
    def status(self) -> int | None:
        """The exit status; ``None`` while it runs."""
        return self._popen.poll() if self._popen else None

    @property
    def is_running(self) -> bool:
        """Whether the command itself runs."""
        return self._popen is not None and self._popen.poll() is None

    def family(self) -> dict[int, int]:
        """Return each living process of the tree with its parent."""
        if self._popen is None:
            return {}
        living = _processes()
        # By session, since whom a killed parent leaves has another parent then.
        found = {seen.pid: seen.parent for seen in living if seen.session == self._popen.pid}
        # By parent, since each of PostgreSQL's processes leads a session of its own.
        while more := {seen.pid: seen.parent for seen in living if seen.parent in found and seen.pid not in found}:
            found |= more
        return found

    def children(self) -> list[int]:
        """Return the living processes that the command itself forked."""
        return [pid for pid, parent in self.family().items() if parent == self.pid]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, as a terminal or systemd does."""
        os.killpg(self.pid, number)
        if number == signal.SIGSTOP:
            # Each stops at a moment of its own, and answers until then.
            assert eventually(self._is_stopped)

    def _is_stopped(self) -> bool:
        return all(seen.state == "T" for seen in _processes() if seen.group == self.pid)

    def wait(self, seconds: float) -> int:
        """Return the exit status; raises ``TimeoutExpired`` when it does not end in time."""
        assert self._popen is not None
        return self._popen.wait(seconds)

    def kill(self) -> None:
        """Kill the whole tree at once, and return when nothing of it is left."""
        if self._popen is None:
            return
        if self.is_running:
            self.signal(signal.SIGKILL)
        if not eventually(self._kill_family):
            raise TimeoutError(f"{self.command[0]} left {sorted(self.family())}")
        self._popen.wait(PATIENCE_SECONDS)

    def _kill_family(self) -> bool:
        """Kill who lives of the tree; tell whether nobody did."""
        family = self.family()
        for pid in family:
            kill(pid)
        self.status  # noqa: B018 - asking for it lets the killed command go
        return not family

    def said(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:] if self.log.exists() else ""


def kill(pid: int) -> None:
    """Kill one process, which may just have ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Seen(NamedTuple):
    """A process as the system lists it."""

    pid: int
    parent: int
    group: int
    session: int
    state: str


def _processes() -> list[Seen]:
    """Return every process that is not a zombie; nothing where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # The name before the bracket may hold anything, brackets too.
            state, parent, group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if state not in "ZX":
            found.append(Seen(int(entry.name), int(parent), int(group), int(session), state))
    return found
