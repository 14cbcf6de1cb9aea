"""Secret keys of machines that nobody gave one: development keeps its own in an ignored file."""

from functools import cache
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from framework.files import create_once


@cache
def passing_secret_key() -> str:
    """Return a key that lives as long as the process."""
    return get_random_secret_key()


@cache
def kept_secret_key(path: Path) -> str:
    """Return the key kept in ``path``, making it first if there is none.

    On a file system that cannot be read or written the key lives as long as the process.
    """
    try:
        return _read_or_make(path)
    except OSError:
        return passing_secret_key()


def _read_or_make(path: Path) -> str:
    if path.exists():
        return path.read_text(encoding="ascii")
    create_once(path, lambda draft: draft.write_text(get_random_secret_key(), encoding="ascii"))
    return path.read_text(encoding="ascii")
