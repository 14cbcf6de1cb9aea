"""Those of Django's middlewares that never wait."""

from django.contrib.auth import middleware as auth
from django.middleware import clickjacking, common, locale, security

from .hooks import DirectHooks


class SecurityMiddleware(DirectHooks, security.SecurityMiddleware):
    """Redirects to HTTPS and sets headers."""


class CommonMiddleware(DirectHooks, common.CommonMiddleware):
    """Checks the host name, appends slashes, sets ``Content-Length``."""


class AuthenticationMiddleware(DirectHooks, auth.AuthenticationMiddleware):
    """Sets ``request.user``, which asks the database when it is used, and ``request.auser``."""


class XFrameOptionsMiddleware(DirectHooks, clickjacking.XFrameOptionsMiddleware):
    """Sets ``X-Frame-Options``."""


class LocaleMiddleware(DirectHooks, locale.LocaleMiddleware):
    """Activates the visitor's language."""
