"""Registration with Django."""

from django.apps import AppConfig
from django.core.checks import register


class RegistryConfig(AppConfig):
    """The check that every component resolves."""

    name = "framework.registry"
    label = "registry"
    verbose_name = "Registry"

    def ready(self) -> None:
        """Register the check."""
        from .checks import check_components

        register(check_components)
