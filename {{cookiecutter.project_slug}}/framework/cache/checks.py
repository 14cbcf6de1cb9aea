"""System checks of the cache.

cache.E001  a tiered cache names a tier that CACHES does not have
cache.E002  a tiered cache has no tiers, or is a tier of itself
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


def check_tiers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check every tiered cache of CACHES."""
    messages: list[checks.CheckMessage] = []
    for alias, entry in settings.CACHES.items():
        if not str(entry["BACKEND"]).endswith(".TieredCache"):
            continue
        tiers = entry.get("OPTIONS", {}).get("TIERS", [])
        if not tiers or alias in tiers:
            hint = 'Name other caches, nearest first: "TIERS": ["memory", "database"].'
            messages.append(checks.Error(f"The cache {alias!r} needs tiers other than itself.", hint, id="cache.E002"))
        messages += [
            checks.Error(f"The cache {alias!r} names the tier {tier!r}, which CACHES does not have.", id="cache.E001")
            for tier in tiers
            if tier not in settings.CACHES
        ]
    return messages
