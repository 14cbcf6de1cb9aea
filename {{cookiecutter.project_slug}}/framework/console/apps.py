"""Registration with Django."""

from django.apps import AppConfig
from django.core.checks import register


class ConsoleConfig(AppConfig):
    """Commands and admin pages."""

    name = "framework.console"
    label = "console"
    verbose_name = "Operations"

    def ready(self) -> None:
        """Look whether unfold's templates are still what they were."""
        from .templates import check_changes

        register(check_changes)
