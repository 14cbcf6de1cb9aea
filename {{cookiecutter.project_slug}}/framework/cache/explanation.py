"""What each tier holds for a key, and what a reader would make of it."""

import time
from dataclasses import dataclass
from typing import Any

from .backend import TieredCache
from .envelope import MISSING, unwrap
from .results import kept_in
from .tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one tier holds; ``ends_in`` in seconds, ``None`` for never or not known."""

    tier: str
    holds: bool
    kind: str = ""
    ends_in: float | None = None
    remark: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a key is called in the tiers, and which generation copies of it have to carry."""

    key: str
    made: str
    slot: int
    generation: int
    holdings: tuple[Holding, ...]


def explain(cache: TieredCache, key: str) -> Explanation:
    """Ask each farther tier for ``key``; memory belongs to each process, and another one's cannot be seen."""
    made = cache.make_and_validate_key(key)
    slot = cache.coherence.generations.slot(made)
    return Explanation(
        key=key,
        made=made,
        slot=slot,
        generation=cache.coherence.number(slot),
        holdings=tuple(_holding(tier, made) for tier in [*cache.between, cache.last]),
    )


def _holding(tier: Tier, made: str) -> Holding:
    if tier.breaker.is_open:
        return Holding(tier=tier.alias, holds=False, remark="the tier is away")
    stored = tier.ask(lambda cache: cache.get(made, MISSING), None)
    if stored is MISSING:
        return Holding(tier=tier.alias, holds=False)
    value, ends, is_known = unwrap(made, stored)
    if value is MISSING:
        return Holding(tier=tier.alias, holds=False, remark="it was stored under another key, and is not taken")
    left = None if ends is None else round(ends - time.time(), 1)
    kind, remark = _described(value, is_known=is_known)
    return Holding(tier=tier.alias, holds=True, kind=kind, ends_in=left, remark=remark, value=repr(value))


def _described(value: Any, *, is_known: bool) -> tuple[str, str]:
    kept = kept_in(value)
    if kept is None:
        return type(value).__name__, "" if is_known else "memory keeps no copy of it"
    kind = f"{type(kept.result).__name__}, a result"
    took = f"computed in {kept.took:.3f} s"
    if kept.good_until is None:
        return kind, took
    left = kept.good_until - time.time()
    return kind, f"{took}, {'good for' if left > 0 else 'stale since'} {abs(left):.1f} s"
