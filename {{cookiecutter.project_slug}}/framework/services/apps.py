"""Registration with Django."""

from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """The actors that send."""

    name = "framework.services"
    label = "services"
    verbose_name = "Services"
