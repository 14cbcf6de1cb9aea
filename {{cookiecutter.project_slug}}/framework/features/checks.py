"""System checks of the declared flags.

features.W001  a flag should be gone from the code by now
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.utils import timezone

from .flags import declared_flags


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
