"""Django's own middlewares without a thread hop for each of their hooks.

Under ASGI Django takes ``process_request``, ``process_view`` and ``process_response`` of each middleware to a thread,
though they wait for nothing in most requests. Here they run on the event loop, and go to a thread when they would wait.
"""

from typing import Final

_MODULES: Final = {
    "pure": (
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.csp.ContentSecurityPolicyMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "django.middleware.locale.LocaleMiddleware",
    ),
    "session": ("django.contrib.sessions.middleware.SessionMiddleware",),
    "csrf": ("django.middleware.csrf.CsrfViewMiddleware",),
    "messages": ("django.contrib.messages.middleware.MessageMiddleware",),
}
#: What stands in for what, in an ASGI application.
DIRECT: Final = {
    path: f"{__name__}.{module}.{path.rpartition('.')[2]}" for module, paths in _MODULES.items() for path in paths
}
