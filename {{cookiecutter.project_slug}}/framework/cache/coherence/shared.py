"""The coherence that fits a shared tier: the host's generations, and a channel to other hosts with Redis."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache

from .generations import Generations

if TYPE_CHECKING:
    from .channel import Channel


class Coherence:
    """What a tiered cache asks about its copies, and tells about its changes."""

    def __init__(self, generations: Generations, channel: "Channel | None", *, transactional: bool) -> None:
        self.generations = generations
        self.channel = channel
        self.is_transactional = transactional

    @property
    def is_fresh(self) -> bool:
        """Whether copies in memory can be believed now."""
        return self.channel is None or self.channel.is_fresh

    def generation(self, made: str) -> int:
        """Return the number a copy of this key has to carry."""
        return self.generations[self.generations.slot(made)]

    def changed(self, *made: str) -> None:
        """Make every copy of these keys outdated; raises ``OSError`` when other hosts cannot be told."""
        slots = [self.generations.slot(key) for key in made]
        for slot in slots:
            self.generations.renew(slot)
        self._tell(*slots)

    def changed_all(self) -> None:
        """Make every copy outdated."""
        self.generations.renew_all()
        self._tell()

    def _tell(self, *slots: int) -> None:
        if self.channel is not None:
            self.channel.tell(*slots)


@cache
def coherence_of(alias: str) -> Coherence:
    """Return this process's coherence for the shared tier ``alias``."""
    generations = Generations(settings.CONFIG.state_dir / f"cache-{alias}.generations")
    tier = caches[alias]
    open_channel: Callable[[Generations], Channel] | None = getattr(tier, "open_channel", None)
    channel = open_channel(generations) if open_channel else None
    return Coherence(generations, channel, transactional=isinstance(tier, DatabaseCache))
