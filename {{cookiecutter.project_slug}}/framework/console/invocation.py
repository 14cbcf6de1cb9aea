"""How a person calls this project's command line on this machine."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from framework.conf.environment import ROOT


def manage(*arguments: str) -> str:
    """Return the command line for ``manage.py`` with ``arguments``: through uv where it is at hand."""
    if shutil.which("uv"):
        command = ["uv", "run", "manage.py", *arguments]
    else:
        command = [_near(Path(sys.executable)), "manage.py", *arguments]
    return shlex.join(command)


def _near(program: Path) -> str:
    return os.path.relpath(program, ROOT) if program.is_relative_to(ROOT) else str(program)
