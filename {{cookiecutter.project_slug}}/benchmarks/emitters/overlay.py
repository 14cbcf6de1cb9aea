"""The peers' environment: ours, with their packages laid over it by uv."""

import os
import subprocess
from typing import Final

from benchmarks.comparison.environments import uv_command

PACKAGES: Final = (
    "blinker==1.9.*",
    "django-dirtyfields==1.9.*",
    "django-domain-events==0.14.*",
    "django-lifecycle==1.3.*",
    "django-model-utils==5.0.*",
)
#: What has tables of its own.
APPS: Final = ("django_domain_events",)
_MARK: Final = "BENCHMARK_PEERS_INSTALLED"


def in_overlay() -> bool:
    """Tell whether this process has the peers' packages."""
    return _MARK in os.environ


def rerun(arguments: list[str]) -> int:
    """Run this program again with the peers' packages; raises :class:`MissingPeerError` where uv is missing."""
    overlay = [part for package in PACKAGES for part in ("--with", package)]
    command = [*uv_command(), "run", "--quiet", "--no-sync", *overlay, "python", *arguments]
    return subprocess.run(command, env=os.environ | {_MARK: "1"}, check=False).returncode
