"""Management commands that begin with their libraries loaded, since these tests start hundreds of them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from framework.conf.environment import ROOT
from framework.supervision.warm_start import Begin, load_libraries

MODULE: Final = "tests.servers.fork_server"


@dataclass(frozen=True, slots=True)
class ForkedProcess:
    """A process that the fork server forked; to whoever asks it is like a ``subprocess.Popen``."""

    fork_server: "ForkServer"
    pid: int

    def poll(self) -> int | None:
        """Return the exit status; ``None`` while it runs."""
        status: int | None = self.fork_server.ask(status=self.pid)
        return status

    def wait(self, timeout: float) -> int:
        """Return the exit status; raises ``TimeoutExpired`` when it does not end in ``timeout`` seconds."""
        deadline = monotonic() + timeout
        while (status := self.poll()) is None:
            if monotonic() > deadline:
                raise subprocess.TimeoutExpired("manage.py", timeout)
            sleep(0.05)
        return status


@dataclass(slots=True)
class ForkServer:
    """One process that has loaded the libraries and forks."""

    _process: "subprocess.Popen[str] | None" = None

    def start(self, script: list[str], *, environment: Mapping[str, str], log: Path) -> ForkedProcess:
        """Start a script with its arguments in a session of its own; what it says is added to its log."""
        return ForkedProcess(self, self.ask(script=script, environment=dict(environment), log=str(log)))

    def ask(self, **order: Any) -> Any:
        """Send an order and return the answer."""
        if self._process is None:
            command = [sys.executable, "-m", MODULE]
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Start nothing more."""
        if self._process is not None:
            self._process.communicate()


@dataclass(slots=True)
class _Server:
    """The fork server's own side."""

    children: dict[int, int | None] = field(default_factory=dict)

    def serve(self) -> None:
        """Do what each line says, until there are no more."""
        for line in sys.stdin:
            order = json.loads(line)
            answer = self._status(order["status"]) if "status" in order else self._fork(order)
            sys.stdout.write(f"{json.dumps(answer)}\n")
            sys.stdout.flush()

    def _status(self, pid: int) -> int | None:
        if self.children[pid] is None:
            ended, status = os.waitpid(pid, os.WNOHANG)
            self.children[pid] = os.waitstatus_to_exitcode(status) if ended else None
        return self.children[pid]

    def _fork(self, order: dict[str, Any]) -> int:
        """Return the number of a new process, which leads its session by then."""
        ready, settled = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            _settle(order)
            os.closerange(3, max(ready, settled) + 1)
            raise Begin(order["script"])
        os.close(settled)
        os.read(ready, 1)
        os.close(ready)
        self.children[pid] = None
        return pid


def _settle(order: dict[str, Any]) -> None:
    """Take the place of a process that a shell starts."""
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(order["environment"])


def main() -> None:
    """Load, and wait for orders."""
    load_libraries()
    try:
        _Server().serve()
    except Begin as begin:
        begin.run()


if __name__ == "__main__":
    main()
