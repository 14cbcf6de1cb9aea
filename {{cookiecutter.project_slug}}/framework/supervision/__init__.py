"""Scripts kept running: again when they die, anew when code changes.

``manage.py up`` and ``worker --reload`` run their processes under it. It loads nothing of the project, so that it goes
on whatever the code is like, and starts each process with its libraries loaded: :mod:`.supervisor` decides when,
:mod:`.warm_start` how, :mod:`.changes` tells of code that changed.
"""

import sys
from collections.abc import Sequence
from pathlib import Path


def supervised(script: Sequence[str], *, reload: bool, grace: float, overlap: bool = False) -> list[str]:
    """Return the command that keeps the Python ``script``, which is followed by its arguments, running."""
    options = ["--grace", f"{grace:g}", *(["--reload"] if reload else []), *(["--overlap"] if overlap else [])]
    # By its file, from wherever; the folder of that file is no place to import from.
    return [sys.executable, "-P", str(Path(__file__).with_name("__main__.py")), *options, "--", *script]
