"""Django's sessions, in a thread only when one is written."""

from django.conf import settings
from django.contrib.sessions import middleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .hooks import DirectHooks


class SessionMiddleware(DirectHooks, middleware.SessionMiddleware):
    """Sets ``request.session``, which is read when it is used."""

    def waits_for_response(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """A session that changed is saved."""
        session = getattr(request, "session", None)
        if session is None:
            return False
        return bool(session.modified or settings.SESSION_SAVE_EVERY_REQUEST) and not session.is_empty()
