"""The time zone in which a visitor reads times."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest
from django.utils import timezone

from .hooks import HookMiddleware

COOKIE: Final = "timezone"


class TimezoneMiddleware(HookMiddleware):
    """Activates the zone that ``X-Timezone`` or the cookie ``timezone`` names, such as ``Europe/Berlin``.

    A script has it from ``Intl.DateTimeFormat().resolvedOptions().timeZone``. What is no zone is ignored, and the
    project's ``TIME_ZONE`` stays.
    """

    def around(self, request: HttpRequest) -> AbstractContextManager[object]:
        """Activate the zone for the length of the request."""
        name = request.META.get("HTTP_X_TIMEZONE") or request.COOKIES.get(COOKIE, "")
        # A name is looked for among the known ones: to ZoneInfo it would be a path.
        if name not in known_zones():
            return super().around(request)
        return timezone.override(ZoneInfo(name))


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all zones that this machine knows."""
    return frozenset(available_timezones())
