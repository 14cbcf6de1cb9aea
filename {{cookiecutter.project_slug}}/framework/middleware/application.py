"""The ASGI application of the project."""

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

from .direct import DIRECT


def get_asgi_application() -> ASGIHandler:
    """Return Django's application; unless switched off, with its middlewares without thread hops.

    ``settings.MIDDLEWARE`` keeps Django's names, which its deployment checks and other packages look for.
    """
    django.setup(set_prefix=False)
    if not settings.CONFIG.middleware.direct:
        return ASGIHandler()
    named = settings.MIDDLEWARE
    settings.MIDDLEWARE = [DIRECT.get(path, path) for path in named]
    try:
        return ASGIHandler()
    finally:
        settings.MIDDLEWARE = named
