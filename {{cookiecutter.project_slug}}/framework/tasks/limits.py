"""The limits that actors declare: ``limit="10/m"``, ``concurrency=2``."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from dramatiq import Actor, Broker

from .exceptions import LimitError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RATE: Final = re.compile(r"(\d+)/(\d*)([smhd])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an actor may use: a task every ``interval``, and ``concurrency`` tasks at a time."""

    interval: timedelta | None
    concurrency: int | None


def limits_of(actor: Actor[..., object]) -> Limits | None:
    """Return the limits an actor declares; ``None`` without any. Raises :class:`LimitError`."""
    rate, concurrency = actor.options.get("limit"), actor.options.get("concurrency")
    if rate is None and concurrency is None:
        return None
    return _limits(actor.actor_name, rate, concurrency)


def is_limited(broker: Broker, actor: str) -> bool:
    """Tell whether the actor of that name declares a limit; one that is not known has none."""
    found = broker.actors.get(actor)
    return found is not None and limits_of(found) is not None


@lru_cache(maxsize=1024)
def _limits(actor: str, rate: object, concurrency: object) -> Limits:
    interval = None
    if rate is not None:
        match = _RATE.fullmatch(str(rate))
        if match is None or 0 in {int(match[1]), int(match[2] or 1)}:
            raise LimitError(f"limit={rate!r} of {actor} is not a rate; try '10/m' or '100/30s'")
        interval = timedelta(seconds=int(match[2] or 1) * _UNITS[match[3]] / int(match[1]))
    if concurrency is not None and (not isinstance(concurrency, int) or concurrency < 1):
        raise LimitError(f"concurrency={concurrency!r} of {actor} is not a number of tasks; try 2")
    return Limits(interval=interval, concurrency=concurrency)
