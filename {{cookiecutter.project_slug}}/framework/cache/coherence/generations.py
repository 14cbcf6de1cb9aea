"""Generations in a memory-mapped file that all processes of a host share.

A key belongs to a slot. Whoever changes the shared tier writes a new, unique number into the slot, after the
change. Whoever reads the shared tier notes the number before the read; what was noted under an older number
is not believed. Unique numbers rather than counts, since two processes may write at once.
"""

import mmap
import os
import socket
import uuid
import zlib
from hashlib import blake2b
from pathlib import Path
from typing import Final

from framework.files import create_once
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
        place = ""
        if path is not None:
            try:
                self._map, place = _map_file(path)
                self.is_shared = True
            except OSError as error:
                logger.warning("cache_generations_private", path=str(path), error=str(error))
        if not self.is_shared:
            self._map = mmap.mmap(-1, _SIZE)
            self._map[:16] = os.urandom(16)
        #: Tells this host's messages from those of others, also where the file was copied with an image of its disk.
        self.host = blake2b(bytes(self._map[:16]) + f"{_machine()}:{place}".encode(), digest_size=16).hexdigest()
        self.numbers = memoryview(self._map)[_HOST_BYTES:].cast("Q")

    @staticmethod
    def slot(key: str) -> int:
        """Return the slot of ``key``, the same in every process."""
        return zlib.crc32(key.encode("utf-8", "surrogatepass")) % SLOTS

    def renew(self, slot: int) -> None:
        """Make everything that was noted for ``slot`` outdated, in every process of this host."""
        self.numbers[slot] = int.from_bytes(os.urandom(_BYTES))

    def renew_all(self) -> None:
        """Make everything outdated."""
        self._map[_HOST_BYTES:] = os.urandom(_SIZE - _HOST_BYTES)


def _map_file(path: Path) -> tuple[mmap.mmap, str]:
    """Return what is mapped, and which file of the machine it is."""
    if not path.exists():
        create_once(path, lambda draft: draft.write_bytes(os.urandom(_SIZE)))
    descriptor = os.open(path, os.O_RDWR)
    try:
        found = os.fstat(descriptor)
        if found.st_size != _SIZE:
            raise OSError(f"{path} is no file of generations; remove it")
        return mmap.mmap(descriptor, _SIZE), f"{found.st_dev}:{found.st_ino}"
    finally:
        os.close(descriptor)


def _machine() -> str:
    """Return what no other machine or container has, for as long as it runs."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = str(uuid.getnode())
    return f"{boot}:{socket.gethostname()}"
