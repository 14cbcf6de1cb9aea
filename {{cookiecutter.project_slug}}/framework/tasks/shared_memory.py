"""What the processes of a worker share locks by, and a hardened container may lack."""

import multiprocessing

from .exceptions import SharedMemoryError


def require_shared_memory() -> None:
    """Raise :class:`SharedMemoryError` unless processes can share a lock, which on Linux is a file in ``/dev/shm``."""
    try:
        multiprocessing.get_context("spawn").Lock()
    except (ImportError, OSError) as error:
        raise SharedMemoryError(
            f"Processes cannot share memory here ({error}); let this user write to /dev/shm, in a container by a"
            " tmpfs there"
        ) from None
