"""Registration with Django."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CacheAppConfig(AppConfig):
    """The database tier's table and the check of the tiers."""

    name = "framework.cache"
    label = "cache"
    verbose_name = "Cache"

    def ready(self) -> None:
        """Register the check."""
        from .checks import check_tags, check_tiers

        register(check_tiers, Tags.caches)
        register(check_tags, Tags.caches)
