"""Rate limits that all processes share: ``@limit`` on views, and one for every request by configuration.

A limit is exact under concurrency and has no windows whose edge could be used twice: GCRA, decided by Redis in one
round trip, or in this process without Redis and while it is away.
"""

from framework.rates import Rate, RateError

from .decorators import limit
from .gcra import Decision
from .keys import api_key, ip, user, user_or_ip
from .limiter import OnOutage, check_rate
from .middleware import RateLimitMiddleware

__all__ = [
    "Decision",
    "OnOutage",
    "Rate",
    "RateError",
    "RateLimitMiddleware",
    "api_key",
    "check_rate",
    "ip",
    "limit",
    "user",
    "user_or_ip",
]
