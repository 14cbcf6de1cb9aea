"""System checks of the middleware order.

middleware.W001  the same middleware stands in MIDDLEWARE twice
middleware.W002  a middleware stands on the wrong side of another
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string


def check_order(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Compare MIDDLEWARE with what each class says of its place."""
    installed = list(settings.MIDDLEWARE)
    messages: list[checks.CheckMessage] = [
        checks.Warning(f"{path} stands in MIDDLEWARE twice.", hint="Remove one of them.", id="middleware.W001")
        for path in dict.fromkeys(path for path in installed if installed.count(path) > 1)
    ]
    for path in installed:
        middleware = import_string(path)
        pairs = [(other, path) for other in getattr(middleware, "after", ())]
        pairs += [(path, other) for other in getattr(middleware, "before", ())]
        messages += [_wrong(outer, inner) for outer, inner in pairs if _is_wrong(installed, outer, inner)]
    return messages


def _is_wrong(installed: list[str], outer: str, inner: str) -> bool:
    return outer in installed and inner in installed and installed.index(outer) > installed.index(inner)


def _wrong(outer: str, inner: str) -> checks.Warning:
    return checks.Warning(f"{outer} must stand before {inner} in MIDDLEWARE.", hint="Move it up.", id="middleware.W002")
