"""Registration with Django."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Commands and admin pages."""

    name = "framework.console"
    label = "console"
    verbose_name = "Operations"
