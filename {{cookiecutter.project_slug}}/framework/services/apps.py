"""Registration with Django."""

from importlib import import_module

from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """The actors that send."""

    name = "framework.services"
    label = "services"
    verbose_name = "Services"

    def ready(self) -> None:
        """Declare the actors in every process: those that send find them by name."""
        import_module("framework.services.tasks")
