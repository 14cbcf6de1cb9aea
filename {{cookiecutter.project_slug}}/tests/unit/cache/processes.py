"""Running the neighbour process from a test."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from framework.conf.environment import ROOT
from tests.patience import PATIENCE_SECONDS


class Neighbour:
    """A process of its own with the cache settings of the test."""

    def __init__(self, *action: str) -> None:
        arguments = [json.dumps(settings.CACHES), str(connection.settings_dict["NAME"]), *action]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.cache.neighbour", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # The key of a test is made up by each process, and nobody opens what another key sealed.
            env={**os.environ, "SECRET_KEY": settings.SECRET_KEY},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        assert self._read() == "ready"

    def ask(self, word: str) -> None:
        """Send ``word`` without waiting."""
        self._in.write(f"{word}\n")
        self._in.flush()

    def finish(self) -> None:
        """Return when the neighbour is done."""
        self._read()

    def stop(self) -> None:
        """End the process."""
        self._in.close()
        self._process.wait(PATIENCE_SECONDS)
        self._out.close()

    def _read(self) -> str:
        # Logs may stand between the answers.
        for line in self._out:
            if line.startswith(("ready", "done ")):
                return line.strip()
        raise EOFError("the neighbour ended")


@contextmanager
def neighbour(*action: str) -> Iterator[Neighbour]:
    """Run a neighbour for the block."""
    process = Neighbour(*action)
    try:
        yield process
    finally:
        process.stop()
