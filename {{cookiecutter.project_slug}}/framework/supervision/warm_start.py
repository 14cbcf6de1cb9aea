"""Python scripts that begin with their libraries loaded: forked from a process that has loaded them once.

Three quarters of what a management command does before it does anything is to load libraries. They change seldom, and
the project's own code, which may change at any time, is not among them.
"""

import gc
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

#: What takes long to load and needs no settings for it.
LIBRARIES: Final = (
    "django.core.management.commands.runserver",
    "django.db.models",
    "django.forms",
    "django.http",
    "django.template.engine",
    "django.urls",
    "dj_database_url",
    "dramatiq",
    "psycopg",
    "pydantic_settings",
    "redis.asyncio",
    "sqlite3",
    "structlog",
    "uvicorn",
)
# A process that has been forked from one with windows or keychains open must not use them.
CAN_FORK: Final = sys.platform == "linux"
STOPS: Final = (signal.SIGINT, signal.SIGTERM)


class Child(Protocol):
    """A process that was started; a ``subprocess.Popen`` is one."""

    @property
    def pid(self) -> int:
        """Its number, also that of its group."""

    @property
    def returncode(self) -> int | None:
        """Its exit status, negative for a signal; ``None`` while nobody has seen it end."""

    def poll(self) -> int | None:
        """Look whether it has ended, and return its exit status."""

    def wait(self) -> int:
        """Wait for its end, and return its exit status."""


class Begin(BaseException):
    """Raised in a forked process, for the outermost frame to catch and :meth:`run`."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__()
        self._arguments = list(arguments)

    def run(self) -> None:
        """Run the script as Python does that is started for it."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        for name in [name for name in sys.modules if name.partition(".")[0] == "framework"]:
            del sys.modules[name]
        gc.unfreeze()
        script = self._arguments[0]
        sys.argv = self._arguments
        sys.path.insert(0, str(Path(script).resolve().parent))
        runpy.run_path(script, run_name="__main__")


class Forked:
    """A process that has what this one has."""

    def __init__(self, arguments: Sequence[str]) -> None:
        for stream in (sys.stdout, sys.stderr):
            # What is left in their buffers would be written twice.
            stream.flush()
        self.returncode: int | None = None
        # The new process must not take one for this one's.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)
            raise Begin(arguments)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        # Whichever of both comes first: the group must be there for whoever signals it.
        with suppress(OSError):
            os.setpgid(self.pid, 0)

    def poll(self) -> int | None:
        """Look whether it has ended, and return its exit status."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end, and return its exit status."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode


def load_libraries() -> None:
    """Load what the scripts need; a library that is not installed is left out."""
    for name in LIBRARIES:
        with suppress(ImportError):
            import_module(name)
    # The collector writes to all it looks at, which would give each process a copy.
    gc.collect()
    gc.freeze()


def start(arguments: Sequence[str]) -> Child:
    """Run a script, given with its arguments, in a process and a group of its own.

    Where processes are forked, the new one leaves this function by :class:`Begin`. This process must have one thread.
    """
    if CAN_FORK:
        return Forked(arguments)
    return subprocess.Popen([sys.executable, *arguments], process_group=0)  # noqa: S603 - our own script
