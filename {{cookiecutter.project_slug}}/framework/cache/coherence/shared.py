"""The coherence that fits a shared tier: the host's generations, and a channel to other hosts with Redis."""

from functools import cache

import redis
from django.conf import settings
from django.core.cache import caches

from .channel import Channel
from .generations import Generations


class Coherence:
    """What a tiered cache asks about its copies, and tells about its changes."""

    def __init__(self, generations: Generations, channel: Channel | None, *, transactional: bool) -> None:
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
        if self.channel is None:
            return
        try:
            self.channel.tell(*slots)
        except redis.RedisError as error:
            raise OSError(str(error)) from error


@cache
def coherence_of(alias: str) -> Coherence:
    """Return this process's coherence for the shared tier ``alias``."""
    # Imported here: the Redis tier needs django-redis, which a project without it may remove.
    from framework.cache.redis import RedisTier

    generations = Generations(settings.CONFIG.state_dir / f"cache-{alias}.generations")
    tier = caches[alias]
    channel = None
    if isinstance(tier, RedisTier):
        channel = Channel(tier.channel_client(), f"{tier.key_prefix}:cache-coherence", generations)
    return Coherence(generations, channel, transactional=not isinstance(tier, RedisTier))
