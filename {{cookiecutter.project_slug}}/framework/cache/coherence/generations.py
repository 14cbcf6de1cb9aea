"""Generations in a memory-mapped file that all processes of a host share.

A key belongs to a slot. Whoever changes the shared tier writes a new, unique number into the slot, after the
change. Whoever reads the shared tier notes the number before the read; what was noted under an older number
is not believed. Unique numbers rather than counts, since two processes may write at once.
"""

import mmap
import os
import zlib
from pathlib import Path
from typing import Final

SLOTS: Final = 65_536
_BYTES: Final = 8


class Generations:
    """The numbers of one file; reading one takes well under a microsecond."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size != SLOTS * _BYTES:
                os.ftruncate(descriptor, SLOTS * _BYTES)
            self._map = mmap.mmap(descriptor, SLOTS * _BYTES)
        finally:
            os.close(descriptor)
        self._numbers = memoryview(self._map).cast("Q")

    @staticmethod
    def slot(key: str) -> int:
        """Return the slot of ``key``, the same in every process."""
        return zlib.crc32(key.encode()) % SLOTS

    def __getitem__(self, slot: int) -> int:
        return self._numbers[slot]

    def renew(self, slot: int) -> None:
        """Make everything that was noted for ``slot`` outdated, in every process of this host."""
        self._numbers[slot] = int.from_bytes(os.urandom(_BYTES))

    def renew_all(self) -> None:
        """Make everything outdated."""
        self._map[:] = os.urandom(SLOTS * _BYTES)
