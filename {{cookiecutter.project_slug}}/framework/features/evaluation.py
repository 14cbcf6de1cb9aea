"""Whether a flag is active for somebody."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING

from .flags import Flag, find_flag
from .snapshot import snapshot

if TYPE_CHECKING:
    from .visitors import Subject

overrides: ContextVar[Mapping[str, bool]] = ContextVar("flag_overrides", default={})  # noqa: B039 - never changed in place


def flag_is_active(flag: Flag | str, subject: "Subject" = None) -> bool:
    """Tell whether ``flag`` is active for ``subject``: a request, a user, an :class:`Audience`, or nobody.

    The answer is always the same for the same user; a visitor without an account is known by a cookie. Asking costs no
    query. Raises :class:`UnknownFlagError` for a name nobody declared.
    """
    declared = find_flag(flag) if isinstance(flag, str) else flag
    forced = overrides.get().get(declared.name)
    if forced is not None:
        return forced
    rule = snapshot.get().get(declared.name)
    return declared.default if rule is None else rule.is_for(declared.name, subject)
