"""The Python of each peer, made by uv from the requirements at the top of the peer's file."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from .systems import ROOT, System


class MissingPeerError(Exception):
    """The peer's environment cannot be made here."""


@cache
def interpreter(system: System) -> str:
    """Return the Python that ``system`` runs with; ours is the one that runs this.

    Environments of peers stay in uv's cache, so that only the first run has to install.
    """
    if not system.is_peer:
        return sys.executable
    script = ROOT / Path(*system.module.split(".")).with_suffix(".py")
    _uv("sync", "--quiet", "--script", str(script), "--python", sys.executable)
    return _uv("python", "find", "--script", str(script))


def uv_command() -> list[str]:
    """Return the command that runs uv; raises :class:`MissingPeerError`."""
    binary = os.environ.get("UV") or shutil.which("uv")
    if binary is None:
        raise MissingPeerError("peers are installed by uv, which is not here; see https://docs.astral.sh/uv/")
    return [binary]


def _uv(*arguments: str) -> str:
    done = subprocess.run([*uv_command(), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingPeerError(done.stderr.strip())
    return done.stdout.strip()
