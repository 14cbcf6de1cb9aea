"""Who decides: Redis if there is one and it answers, otherwise this process."""

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.conf import settings

from framework.cache.breaker import Breaker
from framework.logs import get_logger
from framework.rates import Rate

from .gcra import Decision, LocalLimiter

if TYPE_CHECKING:
    from .redis import RedisLimiter

logger = get_logger(__name__)


class OnOutage(StrEnum):
    """What happens to requests while Redis is away."""

    #: Each process admits its part of the limit.
    LOCAL = "local"
    #: All are admitted.
    OPEN = "open"
    #: All are refused.
    CLOSED = "closed"


class Limiter:
    """The limiter of this process, behind a circuit breaker."""

    def __init__(self, url: str, *, prefix: str, processes: int, timeout: float = 0.1) -> None:
        self._shared = _in_redis(url, prefix, timeout) if url else None
        self._processes = processes
        self._breaker = Breaker()
        self._local = LocalLimiter()

    def check(self, key: str, rate: Rate, cost: int, on_outage: OnOutage) -> Decision:
        """Count ``cost`` requests of ``key`` if they are within ``rate``; never raises because of Redis."""
        if self._shared is not None and self._breaker.allows():
            try:
                decision = self._shared.check(key, rate, cost)
            except self._shared.outages as error:
                self._note_outage(error)
            else:
                self._breaker.succeeded()
                return decision
        return self._alone(key, rate, cost, on_outage)

    async def acheck(self, key: str, rate: Rate, cost: int, on_outage: OnOutage) -> Decision:
        """Do the same without a thread."""
        if self._shared is not None and self._breaker.allows():
            try:
                decision = await self._shared.acheck(key, rate, cost)
            except self._shared.outages as error:
                self._note_outage(error)
            else:
                self._breaker.succeeded()
                return decision
        return self._alone(key, rate, cost, on_outage)

    def _note_outage(self, error: Exception) -> None:
        if self._breaker.failed():
            logger.warning("rate_limit_alone", error=f"{type(error).__name__}: {error}")

    def _alone(self, key: str, rate: Rate, cost: int, on_outage: OnOutage) -> Decision:
        if self._shared is not None and on_outage is not OnOutage.LOCAL:
            allowed = on_outage is OnOutage.OPEN
            return Decision(allowed, rate.limit if allowed else 0, 0.0 if allowed else rate.interval, 0.0)
        return self._local.check(key, rate.shared_by(self._processes), cost)


def _in_redis(url: str, prefix: str, timeout: float) -> "RedisLimiter":
    # Without a server its client is never loaded.
    from .redis import RedisLimiter

    return RedisLimiter(url, prefix, timeout)


class _Configured:
    @cached_property
    def limiter(self) -> Limiter:
        """The limiter of the settings, made at the first use."""
        url = settings.CONFIG.cache.redis_url
        return Limiter(
            url.get_secret_value() if url else "",
            prefix=f"{settings.CONFIG.namespace}:ratelimit:",
            processes=settings.CONFIG.ratelimit.processes,
            timeout=settings.CONFIG.cache.redis_timeout_seconds,
        )


configured: Final = _Configured()


def check_rate(key: str, rate: str | Rate, *, cost: int = 1, on_outage: OnOutage = OnOutage.LOCAL) -> Decision:
    """Count ``cost`` requests of ``key`` if they are within ``rate``, and return the decision.

    For code that is no view: a command, a task, a form. Raises :class:`RateError`.
    """
    return configured.limiter.check(key, Rate.parse(rate) if isinstance(rate, str) else rate, cost, on_outage)
