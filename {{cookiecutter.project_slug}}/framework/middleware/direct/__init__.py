"""Django's own middlewares without a thread hop for each of their hooks, and without what most requests do not need.

Under ASGI Django takes ``process_request``, ``process_view`` and ``process_response`` of each middleware to a thread,
though they wait for nothing in most requests. Here they run on the event loop, and go to a thread when they would wait.
"""

from typing import Final

_MODULES: Final = {
    "pure": (
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "django.middleware.locale.LocaleMiddleware",
    ),
    "session": ("django.contrib.sessions.middleware.SessionMiddleware",),
    "csp": ("django.middleware.csp.ContentSecurityPolicyMiddleware",),
    "csrf": ("django.middleware.csrf.CsrfViewMiddleware",),
    "messages": ("django.contrib.messages.middleware.MessageMiddleware",),
}
#: What stands in for what, in an application that is served.
DIRECT: Final = {
    path: f"{__name__}.{module}.{path.rpartition('.')[2]}" for module, paths in _MODULES.items() for path in paths
}
