"""A site that is closed for a while, and opened again, without a restart."""

from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.log import log_response

from framework.middleware import HookMiddleware

from .evaluation import flag_is_active
from .flags import Flag
from .snapshot import snapshot
from .visitors import load_user

#: Closes the site: ``manage.py flags on maintenance``. It is no feature that will be finished one day.
MAINTENANCE: Final = Flag(name="maintenance", owner="operations", expires=None)


class MaintenanceMiddleware(HookMiddleware):
    """Answers 503 with ``Retry-After`` while :data:`MAINTENANCE` is on, except to staff and on some paths.

    ``FEATURES_MAINTENANCE_RETRY_SECONDS`` is what clients are told; ``MAINTENANCE_OPEN_PATHS`` of the settings are what
    paths begin with that stay open, so that staff can log in.
    """

    after = ("django.contrib.auth.middleware.AuthenticationMiddleware",)
    before = ("framework.features.middleware.FeaturesMiddleware",)

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Serve once the flags are there, and the user if that is what it depends on."""
        await snapshot.aload()
        if _is_closed(request):
            await load_user(request)
        return await super().serve_async(request)

    def enter(self, request: HttpRequest) -> HttpResponseBase | None:
        """Refuse who must wait."""
        if not _is_closed(request) or request.user.is_staff:
            return None
        page = render_to_string("maintenance.html", request=request)
        response = HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = str(settings.CONFIG.features.maintenance_retry_seconds)
        add_never_cache_headers(response)
        # Django would take it for an error of ours.
        log_response("Closed for maintenance: %s", request.path, response=response, request=request, level="info")
        return response


def _is_closed(request: HttpRequest) -> bool:
    return flag_is_active(MAINTENANCE) and not request.path_info.startswith(settings.MAINTENANCE_OPEN_PATHS)
