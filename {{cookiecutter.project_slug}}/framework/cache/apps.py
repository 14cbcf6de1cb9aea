"""Registration with Django."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CacheAppConfig(AppConfig):
    """The database tier's table and the check of the tiers."""

    name = "framework.cache"
    label = "cache"
    verbose_name = "Cache"

    def ready(self) -> None:
        """Register the checks, and listen to the models that results depend on."""
        from .checks import check_dependencies, check_tags, check_tiers
        from .dependencies import connect_all

        connect_all()
        register(check_dependencies, Tags.models)
        register(check_tiers, Tags.caches)
        register(check_tags, Tags.caches)
