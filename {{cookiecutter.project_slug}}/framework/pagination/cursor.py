"""Where a page begins, as text for an address."""

from dataclasses import dataclass
from typing import Self

from django.core import signing

from framework.errors import FrameworkError


class InvalidCursorError(FrameworkError, ValueError):
    """A cursor was changed, or comes from another listing; answer with status 400, or begin anew without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Beyond which values a page begins, as text; ``backward`` counts from the end of the page."""

    values: tuple[str, ...]
    backward: bool = False

    def sign(self, listing: str) -> str:
        """Return the cursor as text that belongs to ``listing`` alone."""
        return signing.dumps([*self.values, self.backward], salt=_salt(listing))

    @classmethod
    def read(cls, text: str, listing: str) -> Self:
        """Return what ``sign`` has written; raises :class:`InvalidCursorError`."""
        try:
            *values, backward = signing.loads(text, salt=_salt(listing))
        except signing.BadSignature:
            raise InvalidCursorError("This is no cursor of this listing; begin without one") from None
        return cls(values=tuple(values), backward=backward)


def _salt(listing: str) -> str:
    return f"framework.pagination:{listing}"
