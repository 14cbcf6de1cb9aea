"""Noting who is here."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from framework.middleware import HookMiddleware
from framework.middleware.users import known_user

from .recorder import recorder


class ActivityMiddleware(HookMiddleware):
    """Notes the user of each request; the table is written every ``ACTIVITY_WRITE_SECONDS``, for all at once.

    Whom no view asked for is not noted: looking would cost each of their requests a query.
    """

    after = ("django.contrib.auth.middleware.AuthenticationMiddleware",)

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Note the user."""
        if (user := known_user(request)) is not None:
            recorder.note(user.pk, timezone.now())
        return response
