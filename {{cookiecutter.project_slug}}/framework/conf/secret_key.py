"""The secret key of a development machine: made once, kept in an ignored file."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def development_secret_key(path: Path) -> str:
    """Return the key kept in ``path``, making it first if there is none.

    On a file system that cannot be written the key lives as long as the process.
    """
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        key = get_random_secret_key()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and linked, so that two processes starting together agree on one whole key.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(key, encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        finally:
            draft.unlink()
    except OSError:
        return key
    return key
