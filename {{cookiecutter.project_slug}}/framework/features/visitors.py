"""Who somebody is to a flag: a user, or a visitor known by a cookie; and what is known of them."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

COOKIE: Final = "visitor"
LIFETIME: Final = timedelta(days=365)
_FORM: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Somebody who is neither a request nor a user: ``key`` stays the same, for a user it is the primary key."""

    key: str
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


type Subject = HttpRequest | AbstractBaseUser | Audience | None


def identify(subject: Subject) -> str:
    """Return what stays the same about ``subject``: the user's key, else what the visitor's cookie says."""
    user = identify_user(subject)
    return user or (f"visitor:{_visitor(subject)}" if isinstance(subject, HttpRequest) else "")


def identify_user(subject: Subject) -> str:
    """Return what stays the same about a user, ``""`` for who has no account."""
    if isinstance(subject, HttpRequest):
        user = getattr(subject, "user", None)
        return identify_user(user) if user is not None and user.is_authenticated else ""
    if isinstance(subject, Audience):
        return f"user:{subject.key}"
    return f"user:{subject.pk}" if subject is not None else ""


def attributes_of(subject: Subject) -> Mapping[str, str]:
    """Return what the function named by ``FEATURE_ATTRIBUTES`` knows of ``subject``, an audience's as they are."""
    if isinstance(subject, Audience):
        return subject.attributes
    if isinstance(subject, HttpRequest):
        # Whatever it was that decided: the page is not one that others may be given.
        vars(subject)["is_personal"] = True
    known: Mapping[str, str] = import_string(settings.FEATURE_ATTRIBUTES)(subject)
    return known


def user_attributes(subject: "HttpRequest | AbstractBaseUser | None") -> Mapping[str, str]:
    """Return ``staff`` and ``email_domain`` of a user; ``FEATURE_ATTRIBUTES`` may name a function that knows more."""
    user: Any = getattr(subject, "user", None) if isinstance(subject, HttpRequest) else subject
    if user is None or not user.is_authenticated:
        return {}
    address = getattr(user, user.get_email_field_name(), "")
    return {"staff": "yes" if user.is_staff else "no", "email_domain": address.rpartition("@")[2].lower()}


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
