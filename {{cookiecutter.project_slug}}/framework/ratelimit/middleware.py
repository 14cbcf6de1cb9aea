"""One limit for all requests of an address, before anything that costs something."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from framework.middleware import HookMiddleware
from framework.middleware.hooks import GetResponse
from framework.rates import Rate

from .gcra import Decision
from .keys import hashed, ip
from .limiter import OnOutage, configured
from .responses import tell, too_many_requests

NAME: Final = "all"


class RateLimitMiddleware(HookMiddleware):
    """Answers 429 to an address that sends more than ``RATELIMIT_ALL``; probes stand before it."""

    after = (
        "framework.middleware.health.HealthMiddleware",
        "framework.middleware.client_ip.ClientIPMiddleware",
        "framework.middleware.access_log.AccessLogMiddleware",
    )
    before = ("django.contrib.sessions.middleware.SessionMiddleware",)

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._rate = Rate.parse(settings.CONFIG.ratelimit.all)

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Count, and serve if it is within the limit."""
        decision = configured.limiter.check(_who(request), self._rate, 1, OnOutage.LOCAL)
        return self._told(super().serve(request) if decision.allowed else too_many_requests(decision), decision)

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Do the same without a thread."""
        decision = await configured.limiter.acheck(_who(request), self._rate, 1, OnOutage.LOCAL)
        response: Any = await super().serve_async(request) if decision.allowed else too_many_requests(decision)
        return self._told(response, decision)

    def _told(self, response: HttpResponseBase, decision: Decision) -> HttpResponseBase:
        tell(response, NAME, self._rate, decision)
        return response


def _who(request: HttpRequest) -> str:
    return hashed(NAME, ip(request) or "")
