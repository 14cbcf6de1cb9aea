"""For whom a switched flag is active."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from .visitors import attributes_of, identify, identify_user

if TYPE_CHECKING:
    from .visitors import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A percentage of all users, the members of groups, and whoever has the attributes: one of them is enough.

    ``members`` are identities, as :func:`identify_user` tells them; ``attributes`` says which values count of each, and
    all of them have to fit.
    """

    percentage: int = 0
    members: frozenset[str] = frozenset()
    attributes: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    def is_for(self, flag: str, subject: "Subject") -> bool:
        """Tell whether the flag of that name is active for ``subject``."""
        if self.percentage >= 100:
            return True
        if self.attributes and self._fits(attributes_of(subject)):
            return True
        if self.members and identify_user(subject) in self.members:
            return True
        return self.percentage > 0 and bucket(flag, identify(subject)) < self.percentage

    def _fits(self, found: Mapping[str, str]) -> bool:
        return all(found.get(name) in values for name, values in self.attributes.items())


def bucket(flag: str, identity: str) -> int:
    """Return the place of ``identity`` from 0 to 99, different for each flag."""
    digest = hashlib.blake2b(f"{flag}:{identity}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % 100
