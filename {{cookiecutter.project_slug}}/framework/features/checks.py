"""System checks of the flags.

features.W001  a flag should be gone from the code by now
features.E001  code asks for a flag that nobody declares
features.W002  a flag is switched that nobody declares any more
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections, router
from django.urls import get_resolver
from django.utils import timezone

from .flags import declared_flags, expected, is_declared


def check_expiry(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Name the flags whose time is over, and their owners."""
    today = timezone.now().date()
    return [
        checks.Warning(
            f"The flag {flag.name!r} of {flag.owner} expired on {flag.expires}.",
            hint="Keep one of its two ways in the code and remove the flag, or give it more time.",
            id="features.W001",
        )
        for flag in declared_flags()
        if flag.expires is not None and flag.expires < today
    ]


def check_names(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Name the flags that decorators and middlewares ask for by a name which nobody declares."""
    # Decorators have spoken once the views are imported.
    _ = get_resolver().url_patterns
    return [
        checks.Error(
            f"{where} asks for the flag {name!r}, which nobody declares.",
            hint="Declare it in the module `flags` of an application, or correct its name.",
            id="features.E001",
        )
        for name, where in expected.items()
        if not is_declared(name)
    ]


def check_switches(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Name the switches that switch nothing; asked for by ``check --database`` and before a migration."""
    from .models import FlagSwitch

    using = router.db_for_read(FlagSwitch)
    # Before the first migration there is no table.
    if using not in (databases or ()) or FlagSwitch._meta.db_table not in _tables(using):
        return []
    return [
        checks.Warning(
            f"The flag {name!r} is switched, and nobody declares it.",
            hint="Delete the switch in the admin: the flag is gone from the code.",
            id="features.W002",
        )
        for name in FlagSwitch.objects.using(using).order_by("name").values_list("name", flat=True)
        if not is_declared(name)
    ]


def _tables(using: str) -> list[str]:
    return connections[using].introspection.table_names()
