"""Generations in a memory-mapped file that all processes of a host share.

A key belongs to a slot. Whoever changes the shared tier writes a new, unique number into the slot, after the
change. Whoever reads the shared tier notes the number before the read; what was noted under an older number
is not believed. Unique numbers rather than counts, since two processes may write at once.
"""

import mmap
import os
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

from framework.logs import get_logger

SLOTS: Final = 65_536
_BYTES: Final = 8
_HOST_BYTES: Final = 64
_SIZE: Final = _HOST_BYTES + SLOTS * _BYTES

logger = get_logger(__name__)


class Generations:
    """The numbers of one file; reading one takes well under a microsecond.

    ``is_shared`` is False when the file cannot be had: the numbers then bind this process and its children.
    """

    def __init__(self, path: Path | None) -> None:
        self.is_shared = False
        if path is not None:
            try:
                self._map = _map_file(path)
                self.is_shared = True
            except OSError as error:
                logger.warning("cache_generations_private", path=str(path), error=str(error))
        if not self.is_shared:
            self._map = mmap.mmap(-1, _SIZE)
            self._map[:16] = os.urandom(16)
        #: Tells this host's messages from those of others.
        self.host = bytes(self._map[:16]).hex()
        self.numbers = memoryview(self._map)[_HOST_BYTES:].cast("Q")

    @staticmethod
    def slot(key: str) -> int:
        """Return the slot of ``key``, the same in every process."""
        return zlib.crc32(key.encode()) % SLOTS

    def renew(self, slot: int) -> None:
        """Make everything that was noted for ``slot`` outdated, in every process of this host."""
        self.numbers[slot] = int.from_bytes(os.urandom(_BYTES))

    def renew_all(self) -> None:
        """Make everything outdated."""
        self._map[_HOST_BYTES:] = os.urandom(_SIZE - _HOST_BYTES)


def _map_file(path: Path) -> mmap.mmap:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _create(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        if os.fstat(descriptor).st_size != _SIZE:
            raise OSError(f"{path} is no file of generations; remove it")
        return mmap.mmap(descriptor, _SIZE)
    finally:
        os.close(descriptor)


def _create(path: Path) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(_SIZE))
    try:
        # Of several processes that start at once, one wins and all map its file.
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
