"""The limits that actors declare: ``limit="10/m"``, ``concurrency=2``."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from dramatiq import Actor, Broker

from framework.rates import Rate, RateError

from .exceptions import LimitError


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


def limits_by_name(broker: Broker, actor: str) -> Limits | None:
    """Return the limits of the actor of that name; one that is not known has none."""
    found = broker.actors.get(actor)
    return None if found is None else limits_of(found)


def is_limited(broker: Broker, actor: str) -> bool:
    """Tell whether the actor of that name declares a limit; one that is not known has none."""
    return limits_by_name(broker, actor) is not None


@lru_cache(maxsize=1024)
def _limits(actor: str, rate: object, concurrency: object) -> Limits:
    interval = None
    if rate is not None:
        try:
            interval = timedelta(seconds=Rate.parse(str(rate)).interval)
        except RateError as error:
            raise LimitError(f"limit={rate!r} of {actor} is not a rate; try '10/m' or '100/30s'") from error
    if concurrency is not None and (not isinstance(concurrency, int) or concurrency < 1):
        raise LimitError(f"concurrency={concurrency!r} of {actor} is not a number of tasks; try 2")
    return Limits(interval=interval, concurrency=concurrency)
