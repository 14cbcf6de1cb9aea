"""The peers' environment: ours, with their packages laid over it by uv."""

import os
import subprocess
from collections.abc import Sequence
from typing import Final

from benchmarks.comparison.environments import uv_command

_MARK: Final = "BENCHMARK_PEERS_INSTALLED"


def in_overlay() -> bool:
    """Tell whether this process has the peers' packages."""
    return _MARK in os.environ


def rerun(arguments: Sequence[str], packages: Sequence[str]) -> int:
    """Run this program again with ``packages``; raises :class:`MissingPeerError` where uv is missing."""
    overlay = [part for package in packages for part in ("--with", package)]
    command = [*uv_command(), "run", "--quiet", "--no-sync", *overlay, "python", *arguments]
    return subprocess.run(command, env=os.environ | {_MARK: "1"}, check=False).returncode
