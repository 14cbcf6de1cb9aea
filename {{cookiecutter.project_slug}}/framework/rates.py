"""Rates as people write them, of requests and of tasks."""

import re
from dataclasses import dataclass
from typing import Final

from .errors import FrameworkError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TEXT: Final = re.compile(r"(\d+)/(\d*)([smhd])")


class RateError(FrameworkError, ValueError):
    """A rate that cannot be read."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` of something in ``period`` seconds."""

    limit: int
    period: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Return the rate that ``"10/m"`` or ``"100/30s"`` means; raises :class:`RateError`."""
        match = _TEXT.fullmatch(text)
        if match is None or 0 in {int(match[1]), int(match[2] or 1)}:
            raise RateError(f"{text!r} is not a rate; try '10/m' or '100/30s'")
        return cls(int(match[1]), int(match[2] or 1) * _UNITS[match[3]])

    @property
    def interval(self) -> float:
        """The seconds for one of them."""
        return self.period / self.limit

    def shared_by(self, processes: int) -> "Rate":
        """Return the part of each of ``processes`` that cannot ask one another."""
        return Rate(max(1, self.limit // processes), self.period)
