"""Trees of addresses behind a flag."""

from collections.abc import Iterable

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from .decorators import requires_flag
from .flags import Flag


def urls_behind(flag: Flag | str, patterns: "Iterable[URLPattern | URLResolver]") -> "list[URLPattern | URLResolver]":
    """Return ``patterns`` whose views, at any depth, answer 404 unless ``flag`` is active for the request.

    ``path("beta/", include((urls_behind(BETA, beta.urlpatterns), "beta")))``; names and namespaces stay.
    """
    return [_behind(flag, pattern) for pattern in patterns]


def urls_of_app(app: str, route: str = "") -> "list[URLPattern | URLResolver]":
    """Return the addresses of an application, those of ``<app>.urls`` under ``route``; none while it is switched off.

    ``*urls_of_app("apps.shop", "shop/")`` among the ``urlpatterns``. ``DISABLED_APPS`` switches applications off.
    """
    return [path(route, include(f"{app}.urls"))] if apps.is_installed(app) else []


def _behind(flag: Flag | str, pattern: URLPattern | URLResolver) -> URLPattern | URLResolver:
    if isinstance(pattern, URLPattern):
        view = requires_flag(flag)(pattern.callback)
        return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)
    inner = urls_behind(flag, pattern.url_patterns)
    return URLResolver(pattern.pattern, inner, pattern.default_kwargs, pattern.app_name, pattern.namespace)
