"""Files that several processes may be the first to need."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def create_once(path: Path, fill: Callable[[Path], object]) -> None:
    """Put at ``path`` what ``fill`` writes, whole and for its owner alone; raises ``OSError``.

    It is written aside and linked: of several processes that begin at once, one wins and all take its file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(descriptor)
    draft = Path(made)
    try:
        fill(draft)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
