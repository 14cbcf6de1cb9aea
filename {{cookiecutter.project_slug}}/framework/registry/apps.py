"""Registration with Django."""

from django.apps import AppConfig
from django.core.checks import register


class RegistryConfig(AppConfig):
    """The checks of the front doors, and before a deployment that every component resolves."""

    name = "framework.registry"
    label = "registry"
    verbose_name = "Registry"

    def ready(self) -> None:
        """Register the checks."""
        from .checks import check_components, check_doors

        register(check_doors)
        register(check_components, deploy=True)
