"""Whether a flag is active for somebody."""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.http import HttpRequest

from .flags import Flag, find_flag
from .snapshot import snapshot
from .visitors import identify

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

overrides: ContextVar[Mapping[str, bool]] = ContextVar("flag_overrides", default={})  # noqa: B039 - never changed in place


def flag_is_active(flag: Flag | str, subject: "HttpRequest | AbstractBaseUser | None" = None) -> bool:
    """Tell whether ``flag`` is active for ``subject``, always the same for the same user.

    A percentage is of users; a visitor without an account is known by a cookie. Asking costs no query.
    Raises :class:`UnknownFlagError` for a name nobody declared.
    """
    declared = find_flag(flag) if isinstance(flag, str) else flag
    forced = overrides.get().get(declared.name)
    if forced is not None:
        return forced
    percentage = snapshot.get().get(declared.name)
    if percentage is None:
        return declared.default
    return percentage >= 100 or (percentage > 0 and bucket(declared.name, identify(subject)) < percentage)


def bucket(flag: str, identity: str) -> int:
    """Return the place of ``identity`` from 0 to 99, different for each flag."""
    digest = hashlib.blake2b(f"{flag}:{identity}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % 100
