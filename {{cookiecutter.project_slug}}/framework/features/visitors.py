"""Who somebody is to a flag: a user, or a visitor known by a cookie."""

import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

COOKIE: Final = "visitor"
LIFETIME: Final = timedelta(days=365)
_FORM: Final = re.compile(r"[0-9a-f]{32}")


def identify(subject: "HttpRequest | AbstractBaseUser | None") -> str:
    """Return what stays the same about ``subject``: the user's key, else what the visitor's cookie says."""
    if isinstance(subject, HttpRequest):
        user = getattr(subject, "user", None)
        return identify(user) if user is not None and user.is_authenticated else f"visitor:{_visitor(subject)}"
    return f"user:{subject.pk}" if subject is not None else ""


async def load_user(request: HttpRequest) -> None:
    """Await the user, whom the lazy ``request.user`` would look up on the event loop."""
    if hasattr(request, "auser"):
        request.user = await request.auser()


def remember_visitor(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Give a visitor who was met just now a cookie, so that a share of all users stays the same one.

    It is neither signed nor looked up: who forges it changes what that browser sees, and nothing else.
    """
    if "visitor_id" not in vars(request):
        return response
    patch_vary_headers(response, ["Cookie"])
    if _known(request) is None:
        response.set_cookie(
            COOKIE,
            vars(request)["visitor_id"],
            max_age=LIFETIME,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def _visitor(request: HttpRequest) -> str:
    return str(vars(request).setdefault("visitor_id", _known(request) or uuid.uuid4().hex))


def _known(request: HttpRequest) -> str | None:
    given = request.COOKIES.get(COOKIE, "")
    return given if _FORM.fullmatch(given) else None
