"""The language and the time zone of who logs in, taken along by the browser."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .hooks import HookMiddleware
from .timezone import COOKIE, known_zones

LIFETIME: Final = timedelta(days=365)
_CHOSEN: Final = "chosen_at_login"


class PreferencesMiddleware(HookMiddleware):
    """Sets the cookies that ``TimezoneMiddleware`` and Django's ``LocaleMiddleware`` read, after a login.

    A user model with ``time_zone`` and ``language`` is all it takes. So later requests, also for pages that are the
    same for everybody, need no look at the user.
    """

    after = ("django.contrib.auth.middleware.AuthenticationMiddleware",)

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the cookies of who has just logged in."""
        for name, value in vars(request).get(_CHOSEN, {}).items():
            response.set_cookie(
                name, value, max_age=LIFETIME, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
            )
        return response


def note_preferences(sender: object, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Receive ``user_logged_in``: keep what the user has chosen for the end of the request."""
    if request is None:
        return
    chosen = {}
    if (zone := getattr(user, "time_zone", "")) in known_zones():
        chosen[COOKIE] = zone
    if (language := getattr(user, "language", "")) in dict(settings.LANGUAGES):
        chosen[settings.LANGUAGE_COOKIE_NAME] = language
    vars(request)[_CHOSEN] = chosen
