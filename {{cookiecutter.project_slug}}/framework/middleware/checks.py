"""System checks of the middleware.

middleware.E001  a path in MIDDLEWARE cannot be imported
middleware.W001  the same middleware stands in MIDDLEWARE twice
middleware.W002  a middleware stands on the wrong side of another
middleware.W003  a middleware takes every request under ASGI to a thread
middleware.W004  headers of proxies are believed, and no proxy is trusted
middleware.W005  pages with a nonce are kept for others
middleware.W006  proxies are trusted, and nobody reads whom they speak for
middleware.W007  a middleware wants a place beside one that cannot be imported
"""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.csp import CSP
from django.utils.module_loading import import_string

CLIENT_IP: Final = "framework.middleware.client_ip.ClientIPMiddleware"
PAGE_CACHE: Final = "django.middleware.cache.UpdateCacheMiddleware"
FORWARDING: Final = ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT")


def check_order(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Compare MIDDLEWARE with what each class says of its place, and of threads."""
    installed = list(settings.MIDDLEWARE)
    messages: list[checks.CheckMessage] = [
        checks.Warning(f"{path} stands in MIDDLEWARE twice.", hint="Remove one of them.", id="middleware.W001")
        for path in dict.fromkeys(path for path in installed if installed.count(path) > 1)
    ]
    for path in dict.fromkeys(installed):
        try:
            middleware = import_string(path)
        except ImportError as error:
            hint = "Correct the path in MIDDLEWARE, or install its package."
            messages.append(checks.Error(f"{path} cannot be imported: {error}.", hint=hint, id="middleware.E001"))
            continue
        after, before = getattr(middleware, "after", ()), getattr(middleware, "before", ())
        messages += [_unknown(path, other) for other in (*after, *before) if not _exists(other)]
        pairs = [*((other, path) for other in after), *((path, other) for other in before)]
        messages += [_wrong(outer, inner) for outer, inner in pairs if _is_wrong(installed, outer, inner)]
        if not getattr(middleware, "async_capable", False):
            messages.append(_in_threads(path))
    return messages


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Look for settings that undo what a middleware is there for."""
    messages: list[checks.CheckMessage] = []
    believed = [name for name in FORWARDING if getattr(settings, name)]
    if believed and not settings.CONFIG.security.trusted_proxies:
        hint = "Name the networks of your proxies in TRUSTED_PROXIES, or take the settings away."
        text = f"{', '.join(believed)} believes headers that anybody may send: no proxy is trusted."
        messages.append(checks.Warning(text, hint=hint, id="middleware.W004"))
    if settings.CONFIG.security.trusted_proxies and CLIENT_IP not in settings.MIDDLEWARE:
        hint = "Install it with MIDDLEWARE_CLIENT_IP=true, or take TRUSTED_PROXIES away."
        text = "Limits and logs take each proxy for one client: ClientIPMiddleware is not installed."
        messages.append(checks.Warning(text, hint=hint, id="middleware.W006"))
    policies: list[Any] = [*settings.SECURE_CSP.values(), *settings.SECURE_CSP_REPORT_ONLY.values()]
    if PAGE_CACHE in settings.MIDDLEWARE and any(CSP.NONCE in policy for policy in policies):
        hint = "Cache views that use no nonce with cache_page, or parts of pages."
        text = "Pages are kept for others with the nonce of who asked first."
        messages.append(checks.Warning(text, hint=hint, id="middleware.W005"))
    return messages


def _is_wrong(installed: list[str], outer: str, inner: str) -> bool:
    return outer in installed and inner in installed and installed.index(outer) > installed.index(inner)


def _exists(path: str) -> bool:
    try:
        import_string(path)
    except ImportError:
        return False
    return True


def _unknown(path: str, other: str) -> checks.Warning:
    hint = "Correct the path in its `after` or `before`: its place is not checked."
    return checks.Warning(f"{path} names {other}, which cannot be imported.", hint=hint, id="middleware.W007")


def _wrong(outer: str, inner: str) -> checks.Warning:
    first, second = outer.rpartition(".")[2], inner.rpartition(".")[2]
    hint = f"Move {first} up or {second} down."
    return checks.Warning(f"{outer} must stand before {inner} in MIDDLEWARE.", hint=hint, id="middleware.W002")


def _in_threads(path: str) -> checks.Warning:
    hint = "Make it async-capable, as HookMiddleware is, or serve the project by WSGI and silence this check."
    return checks.Warning(f"{path} takes every request under ASGI to a thread.", hint=hint, id="middleware.W003")
